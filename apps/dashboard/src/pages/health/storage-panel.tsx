import type { StorageBody } from '@friend-lite/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowRight, CircleAlert } from 'lucide-react';
import { queries } from '../../api/queries.ts';
import { errorInWords, Skeletons } from '../../ui/states.tsx';
import { formatBytes } from '../../words/bytes.ts';
import { deviceNameOf } from '../../words/device.ts';
import { formatDuration } from '../../words/time.ts';
import './storage.css';

/** What one's own data takes on the disk, and what is free. */
export function StoragePanel() {
  const storage = useQuery(queries.storage);
  return (
    <section className="card panel storage" aria-labelledby="disk-use">
      <header className="storage-head">
        <h2 className="panel-title" id="disk-use">
          Disk use
        </h2>
        {storage.data && (
          <p className="numbers">{formatBytes(storage.data.free_bytes)} free on the disk</p>
        )}
      </header>
      {storage.isPending && <Skeletons count={1} height="6rem" label="the disk use" />}
      {storage.isError && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {errorInWords(storage.error)}
        </p>
      )}
      {storage.data && !storage.isError && <Use storage={storage.data} />}
      <Link to="/kept" className="text-link storage-link">
        What is kept, and for how long <ArrowRight size={14} aria-hidden="true" />
      </Link>
    </section>
  );
}

function Use({ storage }: { readonly storage: StorageBody }) {
  const kinds = kindsOf(storage).filter(({ bytes }) => bytes > 0);
  const { recorded_hours: hours, audio_bytes_per_hour: perHour, devices } = storage;
  return (
    <>
      {/* The list below says the same in words. */}
      <div className="storage-bar" aria-hidden="true">
        {kinds.map(({ name, bytes }) => (
          <span key={name} className={`is-${name}`} style={{ flexGrow: bytes }} />
        ))}
      </div>
      <ul className="storage-list numbers">
        {kinds.map(({ name, label, bytes }) => (
          <li key={name}>
            <span className={`storage-dot is-${name}`} aria-hidden="true" />
            <span>{label}</span>
            <strong>{formatBytes(bytes)}</strong>
          </li>
        ))}
      </ul>
      {devices.length > 0 && (
        <>
          <h3 className="storage-sub">
            By device
            <span className="numbers">{rateInWords(hours, perHour)} in all</span>
          </h3>
          <ul className="storage-list numbers">
            {devices.map((device) => (
              <li key={device.client_id} className="storage-device">
                <span>{deviceNameOf(device.client_id)}</span>
                <span className="storage-rate">
                  {rateInWords(device.recorded_hours, device.audio_bytes_per_hour)}
                </span>
                <strong>{formatBytes(device.audio_bytes)}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface Kind {
  readonly name: string;
  readonly label: string;
  readonly bytes: number;
}

function kindsOf(storage: StorageBody): readonly Kind[] {
  return [
    { name: 'pcm', label: 'Sound as it came (PCM)', bytes: storage.audio.pcm },
    { name: 'flac', label: 'Sound, packed without loss (FLAC)', bytes: storage.audio.flac },
    { name: 'opus', label: 'Sound from devices that send Opus', bytes: storage.audio.opus },
    { name: 'cropped', label: 'Versions without the silence', bytes: storage.cropped_bytes },
    { name: 'uploads', label: 'Uploads not read yet', bytes: storage.uploads_bytes },
    { name: 'database', label: 'Database of all accounts', bytes: storage.database_bytes },
  ];
}

function rateInWords(hours: number, bytesPerHour: number | null): string {
  const length = formatDuration(hours * 3600);
  return bytesPerHour === null ? length : `${length}, ${formatBytes(bytesPerHour)} an hour`;
}
