import { connectives, interjections, relations, subjects, verbsOfOthers } from './vocabulary.ts';
import { plainly, type Word } from './words.ts';

/** Before these, a subject belongs to what came before: "I think | I will", "the day | we met", "for | my sister". */
const governors = new Set(
  [
    'think thinks thought guess believe know knew hope hoped wish say says said saying tell tells told telling mean means meant feel felt',
    'heard hear bet suppose imagine figure figured promise promised ask asks asked wonder sure glad happy sorry afraid that if when whenever',
    'while because cause before after until till unless since as like than where wherever what whatever who whom whose which why how though',
    'although whether once so of to for with in on at by from about into over under near and or but nor between do does did are is was were',
    'can could would will should shall have has had am may might must not the a an my our your his her their this all both every each',
    'call see meet visit help ask love like miss let make made take took bring brought give gave get got show showed saw',
  ]
    .join(' ')
    .split(' '),
);

const relative = new RegExp(
  `^(?:my|our) (?:\\w+ ){0,1}?(?:${relations}) (?:\\w+ ){0,2}?(?:${verbsOfOthers}|are|were|have|said|just|can)\\b`,
);
const auxiliaryQuestion =
  /^(?:do|does|did|are|is|was|were|can|could|would|will|have|has|should|don't|isn't|aren't) (?:you|they|he|she|it|we|your|i)\b/;
const whQuestion =
  /^(?:what|where|when|why|how|who|which)(?:'s| (?:about|do|does|did|are|is|was|were|can|could|would|will|have|has|should|kind|time|else|long|many|much|old))\b/;

/**
 * A sentence cut where a new subject begins. Without punctuation, a subject begins wherever one stands that
 * nothing before it asks for.
 */
export function split(words: readonly Word[], isPunctuated: boolean): Word[][] {
  const pieces: Word[][] = [];
  let piece: Word[] = [];
  words.forEach((word, index) => {
    if (piece.length > 0 && isBoundary(words, index, piece, isPunctuated)) {
      pieces.push(piece);
      piece = [];
    }
    piece.push(word);
  });
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

function isBoundary(
  words: readonly Word[],
  index: number,
  piece: readonly Word[],
  isPunctuated: boolean,
): boolean {
  const word = words[index];
  const previous = words[index - 1];
  if (!word || !previous) return false;
  const next = words[index + 1]?.lower ?? '';
  const ahead = plainly(words.slice(index, index + 7));

  if (
    word.lower === 'cause' &&
    /^(?:a|the|good|great|noble|worthy|common|root)$/.test(previous.lower)
  )
    return false;
  if (isJointSubject(words, index, piece)) return false;
  if (interjections.has(word.lower) || interjections.has(previous.lower)) return true;
  if (
    connectives.has(word.lower) &&
    (opensClause(ahead.slice(word.lower.length + 1)) || alwaysConnects(word, previous))
  )
    return !isIntroduction(piece);
  if (connectives.has(previous.lower)) return false;
  if (
    previous.comma &&
    (opensClause(ahead) || /^(?:which|who|so|but|it|this|that|and it|then)$/.test(word.lower))
  )
    return !isIntroduction(piece);
  if (isPunctuated) return false;
  if (auxiliaryQuestion.test(ahead) || whQuestion.test(ahead))
    return !governors.has(previous.lower);
  if (governors.has(previous.lower)) return false;
  if (subjects.has(word.lower)) return !isIntroduction(piece);
  if (word.lower === 'it' || word.lower === 'that') return /^(?:is|was|will|would|has)$/.test(next);
  if (word.lower === 'you') return /^(?:are|were|have|can|should|will|know|could|need)$/.test(next);
  if (word.lower === 'remind' || word.lower === 'remember' || word.lower === "don't")
    return /^(?:remind me|remember to|don't forget|don't let me forget)\b/.test(ahead);
  return relative.test(ahead) && !isIntroduction(piece);
}

function alwaysConnects(word: Word, previous: Word): boolean {
  return (
    /^(?:because|which|although|whereas)$/.test(word.lower) ||
    (word.lower === 'cause' && previous.comma)
  );
}

function opensClause(ahead: string): boolean {
  return (
    subjects.has(ahead.split(' ', 1)[0] ?? '') ||
    /^(?:it|you|my|our|his|her|their|this|that|these|those|there|the \w+ (?:is|was|are|were|has)|remind me|remember to|don't forget|let us)\b/.test(
      ahead,
    )
  );
}

const jointSubject = new RegExp(
  `(?:^| )(?:(?:my|our) (?:\\w+ )?(?:${relations})|me)(?: \\w+)?(?: and)?$`,
);

/** "My mom and I", "Sarah and I": one subject. */
function isJointSubject(words: readonly Word[], index: number, piece: readonly Word[]): boolean {
  const around = plainly(words.slice(index - 1, index + 2));
  const isPair = /(?:^and i(?:'\w+)? | and i(?:'\w+)?$)/.test(around);
  return isPair && jointSubject.test(plainly(piece.slice(-6)));
}

/** "On Friday", "next week", "tomorrow at noon": belongs to the clause it introduces. */
export function isIntroduction(piece: readonly Word[]): boolean {
  if (piece.length > 5) return false;
  const text = plainly(piece);
  return (
    /^(?:(?:and|but|so|then) )?(?:on|in|at|by|this|next|last|tomorrow|today|tonight|yesterday|after|before|during|every|a few|two|three)\b/.test(
      text,
    ) && !/\b(?:i|we|he|she|they|it|you|is|was|are|were)\b/.test(text)
  );
}
