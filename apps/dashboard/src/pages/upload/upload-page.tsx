import { useId, useState, type SubmitEvent } from 'react';
import { Upload as UploadIcon, X } from 'lucide-react';
import { uploads, useUploads } from '../../uploads/use-uploads.ts';
import { TextField } from '../../ui/door.tsx';
import { formDataOf, textField } from '../../ui/form.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { formatBytes } from '../../words/bytes.ts';
import { DropZone } from './drop-zone.tsx';
import './upload.css';
import { UploadLine } from './upload-line.tsx';

const defaultDevice = 'upload';

/** Recordings from elsewhere: chosen here, sent one after another, and what became of each. */
export function UploadPage() {
  usePageTitle('Upload recordings');
  const [chosen, setChosen] = useState<readonly File[]>([]);
  return (
    <div className="page upload-page">
      <header className="page-head">
        <div>
          <h1>Upload recordings</h1>
          <p>Sound from elsewhere becomes conversations like any other, at its own time.</p>
        </div>
      </header>
      <DropZone onFiles={(files) => setChosen([...chosen, ...files])} />
      {chosen.length > 0 && (
        <ChosenFiles
          files={chosen}
          onRemove={(file) => setChosen(chosen.filter((other) => other !== file))}
          onSubmit={(deviceName, recordedAt) => {
            uploads.add(chosen, { deviceName, recordedAt });
            setChosen([]);
          }}
        />
      )}
      <UploadList />
    </div>
  );
}

interface ChosenFilesProps {
  readonly files: readonly File[];
  readonly onRemove: (file: File) => void;
  readonly onSubmit: (deviceName: string, recordedAt: Date | null) => void;
}

function ChosenFiles({ files, onRemove, onSubmit }: ChosenFilesProps) {
  const id = useId();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    const form = formDataOf(event);
    const recordedAt = textField(form, 'recorded_at');
    onSubmit(
      textField(form, 'device_name').trim() || defaultDevice,
      recordedAt === '' ? null : new Date(recordedAt),
    );
  };
  return (
    <form className="card panel" aria-label="Chosen files" onSubmit={submit}>
      <ul className="chosen">
        {files.map((file, index) => (
          <li key={index}>
            <span className="file-name">{file.name}</span>
            <span className="numbers">{formatBytes(file.size)}</span>
            <button
              type="button"
              className="button is-plain is-icon"
              aria-label={`Leave out ${file.name}`}
              onClick={() => onRemove(file)}
            >
              <X size={16} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <div className="upload-facts">
        <TextField
          id={`${id}-device`}
          name="device_name"
          label="Device"
          hint="The name that its conversations are listed under."
          defaultValue={defaultDevice}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
        />
        {files.length === 1 && (
          <TextField
            id={`${id}-recorded`}
            name="recorded_at"
            type="datetime-local"
            label="Start of the recording (optional)"
            hint="Left empty, it is told from when the file was last changed."
            min="1970-01-02T00:00"
            max={localMinute(new Date())}
          />
        )}
      </div>
      <button type="submit" className="button is-primary">
        <UploadIcon size={15} aria-hidden="true" />
        {files.length === 1 ? 'Upload 1 file' : `Upload ${files.length} files`}
      </button>
    </form>
  );
}

function UploadList() {
  const list = useUploads();
  if (list.length === 0) return null;
  return (
    <section className="upload-section" aria-labelledby="uploads">
      <h2 id="uploads">Uploads</h2>
      <ul className="card upload-list">
        {list.map((upload) => (
          <li key={upload.id}>
            <UploadLine upload={upload} />
          </li>
        ))}
      </ul>
      <p className="upload-note">
        You can go on to other pages meanwhile. Only closing this one stops a transfer.
      </p>
    </section>
  );
}

/** A moment as a `datetime-local` field writes it, in the reader's own zone. */
function localMinute(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
