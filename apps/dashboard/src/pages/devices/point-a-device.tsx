import { CopyField } from '../../ui/copy-field.tsx';

/** How to bring sound to this server: the address for devices, a line for the command line. */
export function PointADevice() {
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws_pcm`;
  return (
    <div className="point">
      <section>
        <h3>A device or an app</h3>
        <p>
          Give it this address. It sends 16 kHz, 16-bit mono sound, and adds{' '}
          <code>?token=…&amp;device_name=…</code>: the token that <code>POST /auth/jwt/login</code>{' '}
          answers, and a name of your choice.
        </p>
        <CopyField label="Address for devices" text={address} />
      </section>
      <section>
        <h3>A sound file, from the command line</h3>
        <p>Streams it as if it were spoken now.</p>
        <CopyField
          label="Command that streams a file"
          text="npm run friend-lite -- stream recording.wav --device laptop"
        />
      </section>
    </div>
  );
}
