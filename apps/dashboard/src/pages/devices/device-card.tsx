import type { ActiveClientBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowRight, CircleAlert, CircleStop, LoaderCircle, Mic } from 'lucide-react';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { useIsSpeech } from '../../live/live.tsx';
import { Badge } from '../../ui/badge.tsx';
import { errorInWords } from '../../ui/states.tsx';
import type { Tone } from '../../words/conversation.ts';
import { formatMoment } from '../../words/time.ts';
import { DeviceCaptions } from './device-captions.tsx';
import { LevelRibbon } from './level-ribbon.tsx';

/** One device as it listens. */
export function DeviceCard({ device }: { readonly device: ActiveClientBody }) {
  const presence = presenceOf(device);
  return (
    <article className="card device" aria-label={device.device_name}>
      <header className="device-head">
        <span className="device-icon">
          <Mic size={19} aria-hidden="true" />
        </span>
        <div>
          <h2>{device.device_name}</h2>
          <p className="numbers">since {formatMoment(device.connected_at, new Date())}</p>
        </div>
        <Badge tone={presence.tone}>{presence.label}</Badge>
      </header>
      <div className="device-level">
        <LevelRibbon clientId={device.client_id} />
        <SpeechIndicator clientId={device.client_id} isConnected={device.connected} />
      </div>
      <DeviceCaptions clientId={device.client_id} />
      <ConversationLine device={device} />
    </article>
  );
}

function SpeechIndicator(props: { readonly clientId: string; readonly isConnected: boolean }) {
  const isSpeech = useIsSpeech(props.clientId) && props.isConnected;
  return (
    <span className={`speech${isSpeech ? ' is-speech' : ''}`}>
      {isSpeech ? 'Speech' : props.isConnected ? 'Quiet' : 'No sound'}
    </span>
  );
}

function ConversationLine({ device }: { readonly device: ActiveClientBody }) {
  const queryClient = useQueryClient();
  const close = useMutation({
    mutationFn: () => api.closeConversation(device.client_id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.devices.queryKey }),
  });
  return (
    <footer className="device-foot">
      <p>
        {device.has_active_conversation ? (
          <>
            <strong>In a conversation</strong>
            {device.current_audio_uuid !== null && (
              <Link
                to="/conversations/$id"
                params={{ id: device.current_audio_uuid }}
                search={{ t: undefined }}
                className="text-link"
              >
                Open it <ArrowRight size={14} aria-hidden="true" />
              </Link>
            )}
          </>
        ) : (
          <>
            <strong>No conversation</strong>
            <span>
              {device.connected ? 'One opens when somebody speaks.' : 'Nothing is recorded now.'}
            </span>
          </>
        )}
      </p>
      {device.has_active_conversation && (
        <button
          type="button"
          className="button"
          disabled={close.isPending}
          onClick={() => close.mutate()}
        >
          {close.isPending ? (
            <LoaderCircle size={15} className="spinner" aria-hidden="true" />
          ) : (
            <CircleStop size={15} aria-hidden="true" />
          )}
          Close conversation
        </button>
      )}
      {close.error && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {errorInWords(close.error)}
        </p>
      )}
    </footer>
  );
}

function presenceOf(device: ActiveClientBody): { readonly tone: Tone; readonly label: string } {
  if (device.capture_state === 'away') return { tone: 'waiting', label: 'Away, may come back' };
  if (device.connected) return { tone: 'live', label: 'Connected' };
  return { tone: 'quiet', label: 'Not connected' };
}
