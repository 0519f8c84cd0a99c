import type { LiveConnection } from '@friend-lite/client';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '../api/client.ts';
import { createCaptions } from './captions.ts';
import { createLevels } from './levels.ts';
import { createRenewal, outdatedBy } from './renewal.ts';

/** One a page: levels and captions belong to devices, not to components. */
export const levels = createLevels();
export const captions = createCaptions();

const renewalDelayMs = 250;

/**
 * Follows the live view while mounted: levels go to `levels`, captions to `captions`, everything else makes queries read anew.
 * Returns how the connection stands. `onRefused` hears when the server refuses for good.
 */
export function useLiveView(onRefused: (error: unknown) => void): LiveConnection {
  const queryClient = useQueryClient();
  const [connection, setConnection] = useState<LiveConnection>('open');

  useEffect(() => {
    const controller = new AbortController();
    follow(queryClient, controller.signal, setConnection).catch(onRefused);
    return () => controller.abort();
  }, [queryClient, onRefused]);

  return connection;
}

async function follow(
  queryClient: QueryClient,
  signal: AbortSignal,
  setConnection: (connection: LiveConnection) => void,
): Promise<void> {
  const renewal = createRenewal(
    (queryKey) => void queryClient.invalidateQueries({ queryKey }),
    renewalDelayMs,
  );
  signal.addEventListener('abort', () => renewal.cancel(), { once: true });
  let wasLost = false;
  const events = api.liveEvents({
    signal,
    onConnection(connection) {
      setConnection(connection);
      // More may have been missed than the server kept.
      if (connection === 'open' && wasLost) void queryClient.invalidateQueries();
      wasLost = connection === 'lost';
    },
  });
  for await (const { event } of events) {
    if (event.type === 'level') {
      levels.set(event.client_id, { db: event.db, isSpeech: event.is_speech });
    } else if (event.type === 'caption') captions.show(event);
    else if (event.type === 'captions') captions.setState(event);
    else renewal.add(outdatedBy(event));
  }
}

/** Whether the device hears speech now. Renders only when that changes. */
export function useIsSpeech(clientId: string): boolean {
  return useSyncExternalStore(levels.subscribeToSpeech, () => levels.isSpeech(clientId));
}
