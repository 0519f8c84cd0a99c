import type { Clause } from './clauses.ts';
import type { Grammar } from './grammar.ts';
import type { Rule } from './rule.ts';
import { vagueNouns } from './vocabulary.ts';

/** Most words of a statement; what runs on longer was not one sentence. */
const maxWords = 32;
const maxUnpunctuatedWords = 20;
const longestWord = 40;

const uncertain =
  /\b(?:if|unless|would|could|might|maybe|perhaps|possibly|probably|suppose|wish|hopefully|whether|wonder|imagine|apparently|someday|as if|i guess|kidding|joking|pretend|supposedly|in case|when(?:ever)? i (?:can|get))\b/;
const modalMay =
  /(?<!\b(?:on|in|by|this|next|last|of|until|since|early|late|mid) )\bmay\b(?! (?:the |first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d))/;
const question =
  /^(?:do(?! not )|does|did|are|is|was|were|am|can|could|would|will|have you|has|should|what|where|who|whom|whose|why|how|which|when)\b/;
const negation = /\b(?:not|never|no|nothing|nobody|none|neither|nor|hardly|barely)\b/;
const secret =
  /\b(?:password|passcode|pass code|pin|pin code|pin number|credit card|social security|security code|cvv)\b/;
const reported =
  /\b(?:said|says|saying|told|asked|heard|they say|quote|unquote|the movie|in the (?:movie|book|show|story|song|dream|game)|i dreamed|character)\b/;
const dangling =
  /\b(?:a|an|the|to|of|and|or|but|my|our|your|his|their|with|for|from|because|that|if|than|is|are|was|were|am|be|very|really|so|by|as|i|we|about|will|can|have|has|some|any|this|these|those|like|going|want|need|into|at|which|who|not|just|more|few|other|several|every|no)$/;

/** Things people say that have the form of a statement and say nothing. */
const smallTalk = new RegExp(
  [
    /^(?:i|we) (?:\w+ ){0,3}(?:love|like|enjoy|hate|prefer|adore|can not stand) (?:it|that|this|these|those|you|your|how|what|when|the (?:idea|way|photo|picture|pic|design|colou?rs?|look|sound|vibe|quote|name|feeling|part|energy|view|thought|fact|song|piece|style|one)|hearing|seeing (?:you|your|how|it|them)|them|him|her|everything|every|being able|knowing|a good|having you|all|to (?:hear|see (?:it|you|your|how|that)|know|think|say))\b/,
    /\b(?:let (?:you|me|us) know|see you|by your side|talk (?:to you )?(?:soon|later)|catch up (?:soon|later)|keep (?:you posted|in mind|in touch|going|it up|pushing|that|doing|up|working)|have a (?:question|feeling|idea|point|look|good|great|nice|minute|second|lot|ton|bit|hard|blast|chance|way)|take a (?:look|break|second|minute|moment)|be right back|check (?:it|that|them|this) out|give (?:it|that|them|this) a (?:try|go|shot)|get (?:back to you|used to|to know|going|started|through|it|there|better)|have to (?:say|admit|agree|ask)|must (?:say|admit|be|have)|need to (?:know|be|say)|never forget|be there|make a difference|figure (?:it|that|this) out|show you|tell you|here for|there for|hang in|hold on|cross my fingers|no idea|take care|do (?:it|that|this)|go for it|see how|see what|try (?:it|that|again)|look into it|make it|make sense|going on|so (?:glad|happy|proud|excited|sorry|true|much|cool)|big fan of (?:it|that|this|yours)|i appreciate|a lot of (?:fun|work)|in love with it|on my mind|blown away|can not wait|looking forward|tak(?:e|ing) (?:the |some |it |a )?(?:time|slow|easy|break|shot)|will always|always remember|had an experience|(?:great|good|nice|hard|tough|wonderful|fun) time|how (?:much|important|it|they|you|we|i)|got (?:me|it|this|your|you)|good time)\b/,
    /^(?:my|our|the|\w+) (?:\w+ )?(?:favou?rite (?:part|thing|memory|moment)|(?:kids|family|friends?|team|guys?) (?:is|are|was|were) (?:so|such|really|very|always|too|super|amazing|great|awesome|important|my (?:rock|everything|strength|world|motivation|biggest)))\b/,
    /^(?:it|this|that|these|those|he|she|they|you|which|what|there is (?:a lot|something|nothing|no)) \b/,
  ]
    .map((pattern) => `(?:${pattern.source})`)
    .join('|'),
  'u',
);
/** "My sister is great": an opinion of the moment. */
const opinion =
  /\b(?:is|was|are|were|has been) (?:\w+ly |so |such |very |too |super |always |pretty |just |a |an |quite |the )*(?:great|good|nice|cool|awesome|amazing|wonderful|fun|funny|sweet|cute|beautiful|lovely|important|inspiring|incredible|fantastic|powerful|special|happy|sad|excited|proud|glad|okay|fine|ok|best|perfect|tough|hard|interesting|crazy|supportive|grateful|thankful|rewarding|blast|joy|blessing|gift|treat|delight|gem|thing|stuff|lucky|worried|here|everything)(?= (?:and|but|to|that|when|because|about|with|thing|person|people|guy|kids?|time|experience|way|news)\b|$)/;

/** Whether the clause must not be remembered, whatever rule it fits. */
export function isJunk(clause: Clause): boolean {
  const { plain, words } = clause;
  return (
    words.length < 3 ||
    words.length > (clause.isPunctuated ? maxWords : maxUnpunctuatedWords) ||
    words.some(({ text }) => text.length > longestWord) ||
    question.test(plain) ||
    uncertain.test(plain) ||
    modalMay.test(plain) ||
    secret.test(plain) ||
    reported.test(plain) ||
    dangling.test(plain) ||
    smallTalk.test(plain)
  );
}

/** Whether the clause fits the rule's form but not its sense. */
export function isMisfit(
  clause: Clause,
  rule: Rule,
  grammar: Grammar,
  facts: { hasDate: boolean },
): boolean {
  const { plain } = clause;
  if (!rule.mayNegate && negation.test(plain)) return true;
  if (rule.kind !== 'preference' && opinion.test(plain)) return true;
  const hasName = grammar.people.length + grammar.places.length + grammar.others.length > 0;
  if (/\b(?:you|your|yours)\b/.test(plain) && !facts.hasDate && !hasName) return true;
  switch (rule.needs) {
    case 'date':
      if (!facts.hasDate) return true;
      break;
    case 'anchor':
      if (!facts.hasDate && !hasName) return true;
      break;
    case 'name':
      if (!hasName) return true;
      break;
    case 'named-subject':
      if (!grammar.properAt.has(0)) return true;
      break;
    case 'detail':
      break;
  }
  const matched = rule.pattern.exec(plain)?.[0] ?? '';
  const rest = plain.slice(matched.length).trim();
  if (
    /^(?:it|them|this|that|those|these|him|her|he|she|they|there|one|so)\b(?! (?:weekend|week|month|year|morning|afternoon|evening|spring|summer|fall|winter|\w+day)\b)/.test(
      rest,
    )
  )
    return true;
  const hasDetail = grammar.nouns.length > 0 || hasName;
  return !hasDetail || (rule.needs === 'detail' && !hasSubstance(rest, matched, grammar));
}

/** Whether what follows the rule's words says something; where the pattern took the whole clause, it did. */
function hasSubstance(rest: string, matched: string, grammar: Grammar): boolean {
  const words = (rest === '' ? matched : rest).split(' ').filter((word) => !vagueNouns.has(word));
  return words.some((word) => {
    const tags = grammar.tagsOf(word);
    return (
      tags.length === 0 ||
      (tags.includes('Noun') && !tags.includes('Pronoun')) ||
      tags.includes('Gerund') ||
      tags.includes('Value') ||
      (rest === '' && tags.includes('Adjective')) ||
      tags.includes('ProperNoun')
    );
  });
}
