import type { ImportJobBody } from '@friend-lite/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowRight, Check, CircleAlert, LoaderCircle, RotateCw, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { queries } from '../../api/queries.ts';
import { mayPass } from '../../api/session.ts';
import { errorInWords } from '../../ui/states.tsx';
import { uploads } from '../../uploads/use-uploads.ts';
import type { Upload } from '../../uploads/uploads.ts';
import { formatBytes } from '../../words/bytes.ts';
import { titleOf } from '../../words/conversation.ts';
import { formatDayAndTime, formatDuration } from '../../words/time.ts';
import { conversationsOf } from './conversations-of.ts';

type ImportedFile = ImportJobBody['files'][number];

/** One file: how far it is, and what became of it. */
export function UploadLine({ upload }: { readonly upload: Upload }) {
  const { transfer } = upload;
  switch (transfer.step) {
    case 'waiting':
      return <Line upload={upload} icon="busy" state="Waits for the one before it" />;
    case 'sending':
      return transfer.fraction < 1 ? (
        <Line
          upload={upload}
          icon="busy"
          state={`Sending, ${percentOf(transfer.fraction)} %`}
          progress={percentOf(transfer.fraction)}
        />
      ) : (
        <Line upload={upload} icon="busy" state="Sent; the server stores it" progress={100} />
      );
    case 'failed':
      return (
        <Line upload={upload} icon="failed" state={errorInWords(transfer.error)}>
          {mayPass(transfer.error) && (
            <button type="button" className="button" onClick={() => uploads.retry(upload.id)}>
              <RotateCw size={15} aria-hidden="true" />
              Try again
            </button>
          )}
        </Line>
      );
    case 'sent':
      return <ImportLine upload={upload} jobId={transfer.jobId} />;
  }
}

function ImportLine({ upload, jobId }: { readonly upload: Upload; readonly jobId: string }) {
  const job = useQuery(queries.importJob(jobId));
  const file = job.data?.files[0];
  if (job.isError) return <Line upload={upload} icon="failed" state={errorInWords(job.error)} />;
  switch (file?.status) {
    case undefined:
    case 'queued':
      return <Line upload={upload} icon="busy" state="In line on the server" />;
    case 'processing':
      return (
        <Line
          upload={upload}
          icon="busy"
          state={`The server reads it, ${file.progress_percent} %`}
          progress={file.progress_percent}
        />
      );
    case 'completed':
      return (
        <Line upload={upload} icon="done" state={soundInWords(file)}>
          <ConversationLinks file={file} />
        </Line>
      );
    case 'failed':
      return (
        <Line
          upload={upload}
          icon="failed"
          state={file.error_message ?? 'The server could not read it.'}
        >
          {/* Of a file that is damaged part of the way, the sound before that is in. */}
          {file.capture_id !== null && <ConversationLinks file={file} />}
        </Line>
      );
  }
}

/** What was heard in it, as far as the newest conversations show; else the way to all of them. */
function ConversationLinks({ file }: { readonly file: ImportedFile }) {
  const newest = useInfiniteQuery(queries.conversations);
  const found = conversationsOf(
    file,
    newest.data?.pages.flatMap(({ conversations }) => conversations) ?? [],
  );
  return (
    <span className="upload-links">
      {found.map((conversation) => (
        <Link
          key={conversation.conversation_id}
          to="/conversations/$id"
          params={{ id: conversation.conversation_id }}
          search={{ t: undefined }}
          className="text-link"
        >
          {titleOf(conversation)} <ArrowRight size={14} aria-hidden="true" />
        </Link>
      ))}
      {found.length === 0 && (
        <Link to="/conversations" className="text-link">
          See conversations <ArrowRight size={14} aria-hidden="true" />
        </Link>
      )}
    </span>
  );
}

interface LineProps {
  readonly upload: Upload;
  readonly icon: keyof typeof icons;
  readonly state: string;
  /** Percent. */
  readonly progress?: number;
  /** What one can do now. */
  readonly children?: ReactNode;
}

const icons = {
  busy: <LoaderCircle size={17} className="spinner" aria-hidden="true" />,
  done: <Check size={17} aria-hidden="true" />,
  failed: <CircleAlert size={17} aria-hidden="true" />,
};

function Line({ upload, icon, state, progress, children }: LineProps) {
  return (
    <article className="upload-line" aria-label={upload.name}>
      <span className={`upload-icon is-${icon}`}>{icons[icon]}</span>
      <div className="upload-what">
        <h3 className="file-name">{upload.name}</h3>
        <p className={`upload-state numbers is-${icon}`}>
          {/* Percents are not read out one by one. */}
          <span aria-live={progress === undefined ? 'polite' : 'off'}>{state}</span>
          <span className="upload-size">{formatBytes(upload.sizeBytes)}</span>
        </p>
        {progress !== undefined && (
          <progress max={100} value={progress} aria-label={`Progress of ${upload.name}`} />
        )}
        {children}
      </div>
      <button
        type="button"
        className="button is-plain is-icon"
        aria-label={
          upload.transfer.step === 'sending' || upload.transfer.step === 'waiting'
            ? `Cancel ${upload.name}`
            : `Clear ${upload.name} from the list`
        }
        onClick={() => uploads.remove(upload.id)}
      >
        <X size={16} aria-hidden="true" />
      </button>
    </article>
  );
}

/** `Done · 1 min 32 s · Today, 9:05`. */
function soundInWords({ recorded_at: at, duration_seconds: seconds }: ImportedFile): string {
  return [
    'Done',
    seconds === null ? null : formatDuration(seconds),
    at === null ? null : formatDayAndTime(at, new Date()),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function percentOf(fraction: number): number {
  return Math.floor(fraction * 100);
}
