import type { Dialogue } from './dialogue.ts';

/**
 * Two friends meet: about 90 s of plain sentences with people, places, dates, plans, promises and tastes.
 * Every word is one that PocketSphinx hears reliably from the voices of `walkVoices`; changing a line
 * means listening again.
 */
export const walkDialogue: Dialogue = [
  { speaker: 'Michael', text: 'Good morning. It is nice to see you again.', pauseAfterMs: 700 },
  { speaker: 'Laura', text: 'Good morning. Do you still live in Boston?', pauseAfterMs: 900 },
  {
    speaker: 'Michael',
    text: 'Yes. I live in Boston and I work at the university.',
    pauseAfterMs: 800,
  },
  { speaker: 'Laura', text: 'I work at the hospital in Boston.', pauseAfterMs: 900 },
  { speaker: 'Michael', text: 'My wife Linda is learning Spanish.', pauseAfterMs: 1000 },
  { speaker: 'Laura', text: 'My sister Sarah is moving to Chicago in March.', pauseAfterMs: 800 },
  {
    speaker: 'Michael',
    text: 'That is great news. I used to live in Chicago.',
    pauseAfterMs: 1000,
  },
  {
    speaker: 'Laura',
    text: 'Our son Daniel is studying medicine in Philadelphia.',
    pauseAfterMs: 1200,
  },
  { speaker: 'Michael', text: 'My brother James lives in California.', pauseAfterMs: 700 },
  { speaker: 'Michael', text: 'I am going to visit him in April.', pauseAfterMs: 1000 },
  { speaker: 'Laura', text: 'My mother is coming to visit us in December.', pauseAfterMs: 2000 },
  {
    speaker: 'Michael',
    text: 'I have a dentist appointment on Tuesday at three.',
    pauseAfterMs: 900,
  },
  { speaker: 'Laura', text: 'I have a meeting with Jennifer on Wednesday.', pauseAfterMs: 900 },
  { speaker: 'Michael', text: 'I will call my brother David on Monday.', pauseAfterMs: 800 },
  { speaker: 'Michael', text: 'I need to pay the rent on Friday.', pauseAfterMs: 900 },
  { speaker: 'Michael', text: 'Remember to buy milk and bread tomorrow.', pauseAfterMs: 1000 },
  {
    speaker: 'Michael',
    text: 'I promise to help my father with the garden on Saturday.',
    pauseAfterMs: 1200,
  },
  { speaker: 'Laura', text: 'I love Italian food.', pauseAfterMs: 700 },
  { speaker: 'Laura', text: 'I am allergic to peanuts.', pauseAfterMs: 800 },
  { speaker: 'Michael', text: 'I like Chinese food more than Italian food.', pauseAfterMs: 700 },
  { speaker: 'Michael', text: 'I do not like coffee.', pauseAfterMs: 1000 },
  { speaker: 'Laura', text: 'My favorite book is about the history of London.', pauseAfterMs: 900 },
  { speaker: 'Michael', text: 'My birthday is on the fourth of July.', pauseAfterMs: 900 },
  { speaker: 'Laura', text: 'Let us have dinner together on Sunday evening.', pauseAfterMs: 800 },
  { speaker: 'Michael', text: 'I would love to have dinner with you on Sunday.', pauseAfterMs: 0 },
];

/** The flite voices of the speakers, both of 16 kHz. */
export const walkVoices: Readonly<Record<string, string>> = { Michael: 'rms', Laura: 'slt' };
