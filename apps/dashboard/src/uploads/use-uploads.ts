import { useEffect, useSyncExternalStore } from 'react';
import { sendFile } from './send-file.ts';
import { createUploads, type Upload } from './uploads.ts';

/** One a page: a transfer goes on while one looks at something else. */
export const uploads = createUploads(sendFile);

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.list);
}

/** Ends with the session that is mounted; the browser asks before it closes over a transfer. */
export function useUploadsOfSession(): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      const isUnderWay = ({ transfer: { step } }: Upload): boolean =>
        step === 'waiting' || step === 'sending';
      if (uploads.list().some(isUnderWay)) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
      uploads.clear();
    };
  }, []);
}
