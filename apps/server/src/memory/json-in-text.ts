/**
 * The JSON object or list that a model's answer holds: alone, in a fence, or with prose around it; what the model thought
 * before it (`<think>`) is passed over. Undefined where there is none, or where it is cut off.
 */
export function jsonIn(text: string): unknown {
  const answer = text.replace(/<think>[\s\S]*?<\/think>/g, '').trim();
  const whole = parse(answer);
  if (isComposite(whole)) return whole;
  for (const fence of answer.matchAll(/```(?:json)?\s*\n?([\s\S]*?)```/gi)) {
    const fenced = parse(fence[1] ?? '');
    if (isComposite(fenced)) return fenced;
  }
  return firstWithin(answer);
}

/** Openings of brackets that are looked at: an answer has one, prose before it a few more. */
const mostOpenings = 100;

/** The first stretch of balanced brackets that is JSON. */
function firstWithin(text: string): unknown {
  let at = -1;
  for (let count = 0; count < mostOpenings; count += 1) {
    at = nextOpening(text, at + 1);
    if (at < 0) return undefined;
    const end = closingOf(text, at);
    // Nothing that opens here closes; what opens within it may.
    if (end < 0) continue;
    const found = parse(text.slice(at, end + 1));
    if (isComposite(found)) return found;
  }
  return undefined;
}

function nextOpening(text: string, from: number): number {
  const found = text.slice(from).search(/[{[]/);
  return found < 0 ? -1 : from + found;
}

/** Where the bracket at `from` closes, brackets within strings aside; -1 when it does not. */
function closingOf(text: string, from: number): number {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (isInString) {
      if (char === '\\') at += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isComposite(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
