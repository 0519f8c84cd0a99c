import { useEffect, useRef } from 'react';
import { levels } from '../../live/live.tsx';
import { loudness } from '../../live/levels.ts';
import { createRibbon, type RibbonColors } from './ribbon.ts';

/** The last seconds of a device's loudness, drawn without React: it moves on every frame. */
export function LevelRibbon({ clientId }: { readonly clientId: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return undefined;

    const ribbon = createRibbon();
    const drawEveryMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 0;
    let drawnAt = 0;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    let colors = colorsOf(element);
    const readColors = (): void => {
      colors = colorsOf(element);
    };
    scheme.addEventListener('change', readColors);

    let frame = requestAnimationFrame(function draw(now) {
      frame = requestAnimationFrame(draw);
      const level = levels.get(clientId, now);
      ribbon.advance(now, loudness(level.db), level.isSpeech);
      if (now - drawnAt < drawEveryMs) return;
      drawnAt = now;
      fitToScreen(element, context);
      ribbon.draw(context, element.clientWidth, element.clientHeight, colors);
    });
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener('change', readColors);
    };
  }, [clientId]);

  return <canvas ref={canvas} className="level-ribbon" aria-hidden="true" />;
}

/** One canvas pixel a screen pixel; drawing goes on in CSS pixels. */
function fitToScreen(element: HTMLCanvasElement, context: CanvasRenderingContext2D): void {
  const width = Math.round(element.clientWidth * devicePixelRatio);
  const height = Math.round(element.clientHeight * devicePixelRatio);
  if (element.width === width && element.height === height) return;
  element.width = width;
  element.height = height;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
}

/** Reads the tokens as colours: a canvas does not understand `light-dark()`. */
function colorsOf(element: HTMLElement): RibbonColors {
  const style = getComputedStyle(element);
  return { quiet: style.color, speech: style.accentColor };
}
