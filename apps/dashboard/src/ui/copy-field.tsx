import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

interface CopyFieldProps {
  /** What is copied, for those who cannot see it. */
  readonly label: string;
  readonly text: string;
}

const shownForMs = 1800;

/** A line of text with a button that copies it. */
export function CopyField({ label, text }: CopyFieldProps) {
  const [isCopied, setIsCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), shownForMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = (): void => {
    void copyText(text).then(setIsCopied);
  };
  return (
    <div className="copy-field">
      {/* It scrolls sideways, so the keyboard must reach it. */}
      <code tabIndex={0} aria-label={label}>
        {text}
      </code>
      <button type="button" className="button is-plain" onClick={copy}>
        {isCopied ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
        <span aria-live="polite">{isCopied ? 'Copied' : 'Copy'}</span>
        <span className="visually-hidden">{label}</span>
      </button>
    </div>
  );
}

/** Whether it worked. The clipboard is there on https and localhost; elsewhere a selection does it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    document.body.append(area);
    area.select();
    // Deprecated, and the only way that works on a plain http address in the local network.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const isDone = document.execCommand('copy');
    area.remove();
    return isDone;
  }
}
