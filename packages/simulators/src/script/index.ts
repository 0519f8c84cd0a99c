export { markedPositionMs, markSound } from './marks.ts';
export { readScript, type HeardScriptWord, type ScriptedWord } from './script.ts';
