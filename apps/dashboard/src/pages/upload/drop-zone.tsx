import { FileAudio } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';

interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void;
}

const accepted =
  'audio/*,.wav,.mp3,.m4a,.aac,.ogg,.oga,.opus,.flac,.webm,.mp4,.mka,.amr,.wma,.aif,.aiff,.caf';

/** Takes files from a picker, and those that are dropped anywhere on the page. */
export function DropZone({ onFiles }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);
  const take = useEffectEvent(onFiles);

  // The whole window takes them: one that is dropped beside the zone would replace this page.
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent): void => {
      setIsOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      take(files);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);

  return (
    <label className={`drop-zone${isOver ? ' is-over' : ''}`}>
      <input
        className="visually-hidden"
        type="file"
        multiple
        accept={accepted}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
      <span className="drop-icon">
        <FileAudio size={22} aria-hidden="true" />
      </span>
      <span className="drop-title">
        {isOver ? 'Let go to add them' : 'Drop sound files here, or choose them'}
      </span>
      <span className="drop-hint">
        WAV always; MP3, M4A, OGG, FLAC and others where the server has FFmpeg.
      </span>
    </label>
  );
}
