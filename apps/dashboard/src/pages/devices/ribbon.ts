export interface RibbonColors {
  readonly quiet: string;
  readonly speech: string;
}

/** Loudness over time as bars that run to the left; the newest is on the right. */
interface Ribbon {
  /** Takes the loudness, 0..1, at `now` (`performance.now()`). */
  advance(now: number, loudness: number, isSpeech: boolean): void;
  draw(
    context: CanvasRenderingContext2D,
    width: number,
    height: number,
    colors: RibbonColors,
  ): void;
}

interface Bar {
  readonly height: number;
  readonly isSpeech: boolean;
}

const barMs = 70;
const barWidth = 3;
const barStep = 6;
const maxBars = 400;
/** How much of the way to a new level is gone in one bar's time: up at once, down softly. */
const attack = 0.75;
const release = 0.28;

export function createRibbon(): Ribbon {
  const bars: Bar[] = [];
  let smoothed = 0;
  let lastBarAt: number | null = null;
  let sinceLastBar = 0;

  return {
    advance(now, loudness, isSpeech) {
      lastBarAt ??= now;
      // After a pause of the page only what fits is caught up.
      const missing = Math.min(maxBars, Math.floor((now - lastBarAt) / barMs));
      for (let count = 0; count < missing; count++) {
        smoothed += (loudness - smoothed) * (loudness > smoothed ? attack : release);
        bars.push({ height: smoothed, isSpeech });
      }
      if (missing > 0) lastBarAt = now - ((now - lastBarAt) % barMs);
      if (bars.length > maxBars) bars.splice(0, bars.length - maxBars);
      sinceLastBar = now - lastBarAt;
    },

    draw(context, width, height, colors) {
      context.clearRect(0, 0, width, height);
      const shift = (sinceLastBar / barMs) * barStep;
      const count = Math.ceil(width / barStep) + 1;
      for (let age = 0; age < count; age++) {
        const bar = bars.at(-1 - age) ?? { height: 0, isSpeech: false };
        const x = width - barWidth - age * barStep - shift + barStep;
        const barHeight = Math.max(barWidth, bar.height * height);
        context.fillStyle = bar.isSpeech ? colors.speech : colors.quiet;
        context.globalAlpha = Math.min(1, Math.max(0, x / (width * 0.35)));
        context.beginPath();
        context.roundRect(x, (height - barHeight) / 2, barWidth, barHeight, barWidth / 2);
        context.fill();
      }
      context.globalAlpha = 1;
    },
  };
}
