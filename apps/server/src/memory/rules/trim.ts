import { isIntroduction } from './boundaries.ts';
import { connectives, interjections, subjects } from './vocabulary.ts';
import { plainly, type Word } from './words.ts';

const leading =
  /^(?:and|but|so|because|cause|since|or|then|plus|also|well|no|right|like|listen|look|honestly|actually|basically|seriously|literally|obviously|sure|true|exactly|absolutely|definitely|totally|fortunately|luckily|unfortunately|sadly|finally|personally|apart from that|you know(?: what)?|i mean|by the way|in fact|to be honest|of course|good morning|good evening|good night|thank you|speaking of which|as you know|as for me|for me|oh well|let me see|fun fact|guess what|just so you know|good news|bad news|good question|me too|same here|same|other than that|on top of that|besides|though|ever since then|since then)$/;

/** Without "um", "you know" in between, and "I need to I need to" said twice. */
export function withoutStumbles(words: readonly Word[]): Word[] {
  const kept: Word[] = [];
  words.forEach((word, index) => {
    if (/^(?:um+|uh+|er+|erm|hmm+|mm+)$/.test(word.lower)) return;
    const previous = words[index - 1];
    const isYouKnow = (a: Word | undefined, b: Word | undefined) =>
      a?.lower === 'you' && b?.lower === 'know' && b.comma;
    if (isYouKnow(previous, word) || isYouKnow(word, words[index + 1])) return;
    kept.push(word);
    for (const length of [1, 2, 3]) {
      const tail = kept.slice(-length).map(({ lower }) => lower);
      const before = kept.slice(-2 * length, -length).map(({ lower }) => lower);
      const isNumber = /^(?:\d|(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten)$)/.test(
        tail[0] ?? '',
      );
      if (!isNumber && before.length === length && before.join(' ') === tail.join(' ')) {
        kept.splice(-length);
        break;
      }
    }
  });
  return kept;
}

/** Without openers, vocatives ("Hey Mel,") and tails ("too", "you know", "right") that say nothing. */
export function trimmed(piece: readonly Word[]): Word[] {
  let words = [...piece];
  for (;;) {
    const before = words.length;
    while (interjections.has(words[0]?.lower ?? '')) words = words.slice(1);
    for (const length of [4, 3, 2, 1]) {
      const head = plainly(words.slice(0, length));
      if (words.length > length && leading.test(head)) {
        words = words.slice(length);
        break;
      }
    }
    // "John, I …": a name or two before a comma, and then a subject.
    const comma = words.slice(0, 2).findIndex((word) => word.comma);
    const subject = words[comma + 1]?.lower ?? '';
    if (
      comma >= 0 &&
      !isIntroduction(words.slice(0, comma + 1)) &&
      /^\p{Lu}/u.test(words[comma]?.text ?? '') &&
      (subjects.has(subject) || subject === 'my')
    )
      words = words.slice(comma + 1);
    if (words.length === before) break;
  }
  for (;;) {
    const last = words.at(-1);
    if (!last) break;
    const beforeLast = words.at(-2);
    const isTail =
      (connectives.has(last.lower) && last.lower !== 'cause' && last.lower !== 'plus') ||
      interjections.has(last.lower) ||
      /^(?:too|though|right|actually|anyway|either|huh|however|please|tho|lol|haha|man|dude|also)$/.test(
        last.lower,
      ) ||
      (beforeLast?.comma === true && /^\p{Lu}\p{Ll}+$/u.test(last.text));
    const isPhrase =
      /^(?:as well|you know|i guess|i think|for sure|of course|by the way|so far)$/.test(
        `${beforeLast?.lower ?? ''} ${last.lower}`,
      );
    if (isPhrase) words = words.slice(0, -2);
    else if (isTail) words = words.slice(0, -1);
    else break;
  }
  return words;
}

const enumerates = /^(?:\w+ ){0,4}?(?:and|or)\b/;
const continues =
  /^(?:on|at|in|from|with|next|this|tomorrow|tonight|after|before|for|to|by|around|near|like|especially|including|such as|who|\d)\b/;

/** Without what was tacked on after a comma, unless it goes on listing, or says when, where or with whom. */
export function withoutAfterthought(words: readonly Word[]): readonly Word[] {
  const text = (from: number) =>
    words
      .slice(from)
      .map(({ lower, comma }) => (comma ? `${lower},` : lower))
      .join(' ');
  for (let index = 2; index < words.length - 1; index++) {
    if (!words[index]?.comma || isIntroduction(words.slice(0, index + 1))) continue;
    const rest = text(index + 1);
    const isName = /^\p{Lu}/u.test(words[index + 1]?.text ?? '') && words.length === index + 2;
    const isList = enumerates.test(rest) || /^(?:\w+ ){0,2}\w+,/.test(rest);
    if (/\b(?:is|are|was|were|had|has|been|makes?|made)\b/.test(rest))
      return words.slice(0, index + 1);
    if (!isList && !continues.test(rest) && !isName) return words.slice(0, index + 1);
  }
  return words;
}
