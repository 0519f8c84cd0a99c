import { existsSync } from 'node:fs';
import { createClient, type Client } from '@friend-lite/client';
import {
  isInstalled,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
} from '@friend-lite/simulators';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { speechFormat, wavHeader } from '../../src/audio/index.ts';
import {
  startServerProcess,
  temporaryDirectory,
  testAdmin,
  type ServerProcess,
} from '../harness/server-process.ts';
import { until } from '../harness/until.ts';

const executablePath = '/usr/bin/chromium';
const isPossible = existsSync(executablePath) && isInstalled('flite');
if (!isPossible) console.warn('Skipped: this needs chromium and flite.');
/** Pictures of the pages are kept here, when it is set. */
const picturesFolder = process.env.PICTURES;

/** Spoken at once, nine hours apart. */
const recordedAt = Date.parse('2025-06-15T12:00:00Z');
const hours = 3_600_000;

let browser: Browser;
let page: Page;
let directory: ReturnType<typeof temporaryDirectory>;
let server: ServerProcess;
let recogniser: Awaited<ReturnType<typeof startWyomingServer>>;
let client: Client;
let complaints: string[];

/** Two recordings of the same five sentences, of which the recogniser understands something else each time. */
async function uploadTwo(): Promise<void> {
  const { pcm } = await speakDialogue(walkDialogue.slice(0, 5), { voices: walkVoices });
  const wav = Buffer.concat([wavHeader(speechFormat, pcm.byteLength), pcm]);
  for (const at of [recordedAt, recordedAt + 9 * hours]) {
    await client.upload([{ name: 'a.wav', content: new Blob([Uint8Array.from(wav)]) }], {
      deviceName: 'recorder',
      recordedAt: new Date(at),
    });
  }
  await settled(2);
}

/** The conversations, newest first, once there are `count` and nothing is left to do for any. */
const settled = (count: number) =>
  until(async () => {
    const { conversations } = await client.conversations();
    const isOver = conversations.every(({ state }) => state === 'closed');
    return conversations.length === count && isOver ? conversations : null;
  });

async function picture(name: string): Promise<void> {
  if (!picturesFolder) return;
  for (const [size, width] of [
    ['desktop', 1280],
    ['phone', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 860 });
    await page.screenshot({ path: `${picturesFolder}/${name}-${size}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

describe.skipIf(!isPossible)(
  'changing conversations in the dashboard (needs chromium and flite)',
  () => {
    beforeAll(async () => {
      vi.stubEnv('NODE_ENV', 'production');
      await build({ root: `${import.meta.dirname}/../../../dashboard`, logLevel: 'error' });
      vi.unstubAllEnvs();
      browser = await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
      });
    });
    afterAll(() => browser.close());

    beforeEach(async () => {
      directory = temporaryDirectory();
      let heard = 0;
      recogniser = await startWyomingServer({
        recognise: async () => `I really like potato number ${(heard += 1)} of the garden`,
      });
      server = await startServerProcess(directory.path, {
        NEW_CONVERSATION_TIMEOUT_MINUTES: '0.2',
        LOCAL_ASR_ENABLED: 'false',
        OFFLINE_ASR_TCP_URI: recogniser.uri,
      });
      const { access_token: token } = await createClient({ baseUrl: server.url }).loginForToken(
        testAdmin,
      );
      client = createClient({ baseUrl: server.url, token });
      await uploadTwo();
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
      page = await context.newPage();
      complaints = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(`${server.url}/conversations`);
      await page.getByLabel('Email').fill(testAdmin.email);
      await page.getByLabel('Password').fill(testAdmin.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL('**/conversations');
    });
    afterEach(async () => {
      await page.context().close();
      await server.stop();
      await recogniser.close();
      directory[Symbol.dispose]();
      expect(complaints).toEqual([]);
    });

    it('splits, undoes, trims, pins and deletes', async () => {
      await page.locator('.conversation-row').last().click();
      await page.locator('.utterance').nth(2).click();
      await page.getByRole('button', { name: 'Pause' }).click();
      await picture('conversation');
      await page.getByRole('button', { name: /^Split at 0:/ }).click();
      await page.getByText('Split. The second part is').waitFor();
      // The player has the first part alone, too.
      await page.getByText('/ 0:07').waitFor();
      await picture('split');
      const parts = await settled(3);
      expect(new Set(parts.map(({ conversation_id: id }) => id)).size).toBe(3);

      await page.getByRole('button', { name: 'Undo: split in two' }).click();
      await page.getByText('Taken back.').waitFor();
      await settled(2);
      await page.getByRole('region', { name: 'Changes' }).getByText('undone').waitFor();

      await page.getByRole('button', { name: 'Trim' }).click();
      await page.getByLabel('To', { exact: true }).fill('0:08');
      await picture('trim');
      await page.getByRole('dialog').getByRole('button', { name: 'Trim' }).click();
      await page.getByRole('button', { name: 'Undo: trimmed' }).waitFor();
      const trimmed = (await settled(2)).at(-1)!;
      expect(trimmed.duration_seconds).toBeCloseTo(8, 1);

      await page.getByRole('button', { name: 'Pin' }).click();
      await page.getByRole('button', { name: 'Unpin' }).waitFor();
      expect((await client.conversation(trimmed.conversation_id)).pinned).toBe(true);

      await page.getByRole('button', { name: 'Delete' }).click();
      await picture('delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('With it went').waitFor();
      await page.getByRole('button', { name: 'To the conversations' }).click();
      await page.waitForURL('**/conversations');
      await settled(1);
      await expect.poll(() => page.locator('.conversation-row').count()).toBe(1);
    });

    it('merges what is chosen in the list', async () => {
      await page.getByRole('button', { name: 'Merge' }).click();
      for (const box of await page.getByRole('checkbox').all()) await box.check();
      await picture('merge');
      await page.getByRole('button', { name: 'Merge' }).click();
      await page.waitForURL('**/conversations/*-*');
      await page.getByRole('button', { name: 'Undo: merged with another' }).waitFor();
      await settled(1);
    });

    it('says who speaks, and takes the words away', async () => {
      await page.locator('.conversation-row').first().click();
      await page.getByRole('button', { name: 'Say who speaks' }).first().click();
      await page.getByRole('combobox', { name: 'Name' }).fill('Anna');
      await picture('speaker');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Anna: say who it is' }).first().waitFor();

      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'SRT' }).click();
      const file = await downloading;
      expect(file.suggestedFilename()).toMatch(/\.srt$/);
      const stream = await file.createReadStream();
      const text = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)).toString();
      expect(text).toContain('Anna');

      await page.goto(`${server.url}/people`);
      await page.getByText('Anna', { exact: true }).waitFor();
      await picture('people');
      await page.getByRole('button', { name: 'Rename Anna' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Anna Lind');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Anna Lind', { exact: true }).waitFor();
      expect(await client.people()).toMatchObject([{ name: 'Anna Lind' }]);
    });
  },
);
