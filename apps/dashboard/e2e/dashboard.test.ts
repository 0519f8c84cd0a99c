import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { account, startFakeServer, type FakeServer } from './fake-server.ts';
import { createWav } from './sound.ts';

const executablePath = '/usr/bin/chromium';
const isChromiumThere = existsSync(executablePath);
if (!isChromiumThere) {
  console.warn(
    `The dashboard's walk is skipped: there is no ${executablePath}. apt-get install chromium`,
  );
}
const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const brokenFile = {
  name: 'broken.mp3',
  mimeType: 'audio/mpeg',
  buffer: Buffer.from('not sound'),
};
const rich = '7c9e6679-7425-40de-944b-000000000001';

let browser: Browser;
let server: FakeServer;
let context: BrowserContext;
let page: Page;
/** Everything the browser complains about: script errors, policy violations, failed requests. */
let complaints: string[];

const open = async (fake: FakeServer, path = '/'): Promise<void> => {
  server = fake;
  context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${fake.url}${path}`);
};
const signIn = async (password = account.password): Promise<void> => {
  await page.getByLabel('Email').fill(account.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
};
const expectPosition = (position: string): Promise<void> =>
  expect.poll(positionOf, { timeout: 15_000, interval: 50 }).toBe(position);
const positionOf = async (): Promise<string> =>
  (await page.getByTestId('position').textContent()) ?? '';
/** What is left of the complaints without the answers that a test meant to get. */
const unexpected = (...meant: readonly RegExp[]): readonly string[] =>
  complaints.filter((complaint) => !meant.some((pattern) => pattern.test(complaint)));
const notSignedIn = /status of 401 .*\/users\/me$/;

describe.skipIf(!isChromiumThere)('dashboard', () => {
  beforeAll(async () => {
    // As it is served, not as it is developed, whatever runs this.
    vi.stubEnv('NODE_ENV', 'production');
    await build({ root: `${import.meta.dirname}/..`, logLevel: 'error' });
    vi.unstubAllEnvs();
    browser = await chromium.launch({ executablePath, args: launchArguments });
  });
  afterAll(() => browser.close());

  beforeEach(async () => open(await startFakeServer()));
  afterEach(async () => {
    await context.close();
    await server.stop();
  });

  it('leads from signing in over a live device, a conversation and a memory to signing out', async () => {
    await signIn();
    await page.waitForURL('**/devices');

    // A live device with a moving meter.
    const device = page.getByRole('article', { name: 'laptop' });
    await device.getByText('Connected').waitFor();
    await device.getByText('Speech', { exact: true }).waitFor();
    const pictures = new Set<string>();
    for (let count = 0; count < 5; count++) {
      pictures.add(await device.locator('canvas').evaluate(pictureOf));
      await page.waitForTimeout(150);
    }
    expect(pictures.size).toBe(5);

    // A conversation: play, and seek by its words.
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.getByRole('link', { name: /Anna moves to Lisbon/ }).click();
    await page.getByRole('button', { name: 'Play' }).click();
    await expectPosition('0:02');
    await page.getByRole('button', { name: /^0:23/ }).click();
    await expectPosition('0:24');
    expect(await page.locator('[aria-current=true]').textContent()).toContain('lemon cake');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('slider').press('Home');
    await expectPosition('0:00');

    // A memory: search it, go to its moment.
    await page.getByRole('link', { name: 'Memories' }).first().click();
    await page.getByRole('heading', { name: 'Memories' }).waitFor();
    const search = page.getByRole('textbox', { name: 'Search memories' });
    const isFocused = () => search.evaluate((field) => field === document.activeElement);
    // The page listens to the key once it has been drawn, a moment later.
    await expect
      .poll(async () => {
        if (!(await isFocused())) await page.keyboard.press('/');
        return isFocused();
      })
      .toBe(true);
    await page.keyboard.type('bicycle');
    await page.getByText('1 result', { exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/conversations/${rich}?t=40.6`);
    await expectPosition('0:40');
    expect(await page.locator('.utterance.is-selected').textContent()).toContain('blue bicycle');

    await page.getByRole('button', { name: 'Account: Nora Lind' }).last().click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/login');
    await page.goto(`${server.url}/memories`);
    await page.waitForURL('**/login?redirect=%2Fmemories');
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('closes the conversation of a device and shows it without being asked to', async () => {
    await signIn();
    await page.getByRole('button', { name: 'Close conversation' }).click();
    await page.getByRole('article', { name: 'laptop' }).getByText('No conversation').waitFor();
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page
      .getByRole('link', { name: /Transcribing/ })
      .first()
      .waitFor();
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('switches to the cropped sound at the same words', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.goto(`${server.url}/conversations/${rich}?t=46.9`);
    await expectPosition('0:46');
    await page.getByRole('button', { name: 'Cropped' }).click();
    // 27.5 s are kept before 40.4 s: 46.9 s is at 34 s.
    await expectPosition('0:34');
    expect(await page.locator('[aria-current=true]').textContent()).toContain('rather cycle');
    await page.getByRole('button', { name: 'Original' }).click();
    await expectPosition('0:46');
  });

  it('keeps the place when the session ends', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.goto(`${server.url}/memories?q=Lisbon`);
    await page.getByText('2 results').waitFor();
    server.endSession();
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.waitForURL('**/login?redirect=%2Fconversations');
    await signIn('wrong password');
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await signIn();
    await page.waitForURL('**/conversations');
    await page.getByText('Anna moves to Lisbon').first().waitFor();
  });

  it('offers to try again when the server fails', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    server.breakPath('/api/conversations');
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.getByRole('alert').waitFor();
    server.breakPath(null);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Anna moves to Lisbon').first().waitFor();
  });

  it('pages through older conversations', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.goto(`${server.url}/conversations`);
    await page.getByText('older conversation, number 42', { exact: false }).first().waitFor();
    const rows = page.locator('.conversation-row');
    expect(await rows.count()).toBe(50);
    await page.getByRole('button', { name: 'Show older conversations' }).click();
    await page.getByText('number 60').waitFor();
    expect(await rows.count()).toBe(68);
  });

  it('uploads files, tells of each what became of it, and leads to its conversation', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.getByRole('link', { name: 'Upload recordings' }).click();
    await page.waitForURL('**/conversations/upload');

    // Two at once have no common start; one alone may be given its own.
    await page.locator('input[type=file]').setInputFiles([soundFile('talk.wav'), brokenFile]);
    expect(await page.getByLabel('Start of the recording').count()).toBe(0);
    await page.getByRole('button', { name: 'Leave out broken.mp3' }).click();
    expect(await page.getByLabel('Device').inputValue()).toBe('upload');
    await page.getByLabel('Device').fill('recorder');
    await page.getByLabel('Start of the recording').fill('2025-03-04T09:30');
    await page.getByRole('button', { name: 'Upload 1 file' }).click();
    const talk = page.getByRole('article', { name: 'talk.wav' });
    await talk.getByText('The server reads it, 60 %').waitFor();
    await talk.getByText(/^Done · 1 min 30 s · .*2025/).waitFor();

    // Dropped anywhere on the page; what cannot be read says why.
    await page.evaluate(dropFile, brokenFile.name);
    await page.getByRole('button', { name: 'Upload 1 file' }).click();
    await page.getByRole('article', { name: 'broken.mp3' }).getByText('is damaged').waitFor();

    // What came stays in the list while one looks elsewhere.
    await talk.getByRole('link', { name: 'What the recording was about' }).click();
    await page.getByRole('heading', { name: 'What the recording was about' }).waitFor();
    await page.goBack();
    expect(await page.locator('.upload-line').count()).toBe(2);
    await page.getByRole('button', { name: 'Clear broken.mp3 from the list' }).click();
    expect(await page.locator('.upload-line').count()).toBe(1);
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('sends a file again that did not get through', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.goto(`${server.url}/conversations/upload`);
    server.breakPath('/api/audio/upload');
    await page.locator('input[type=file]').setInputFiles(soundFile('talk.wav'));
    await page.getByRole('button', { name: 'Upload 1 file' }).click();
    const talk = page.getByRole('article', { name: 'talk.wav' });
    await talk.getByText('The server made a mistake').waitFor();
    server.breakPath(null);
    await talk.getByRole('button', { name: 'Try again' }).click();
    await talk.getByText(/^Done/).waitFor();
  });

  it('shows what the data takes on the disk', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Health' }).first().click();
    const storage = page.getByRole('region', { name: 'Disk use' });
    await storage.getByText('41 GB free on the disk').waitFor();
    await storage.getByRole('listitem').filter({ hasText: 'FLAC' }).getByText('1.3 GB').waitFor();
    const pendant = storage.getByRole('listitem').filter({ hasText: 'pendant' });
    expect(await pendant.textContent()).toContain('9 h 24 min, 10 MB an hour');
    await storage.getByRole('link', { name: 'What is kept' }).click();
    await page.waitForURL('**/kept');
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('saves what is kept, shows what would go by it, and removes that', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.goto(`${server.url}/kept`);
    const unclaimed = page.getByLabel('Sound in no conversation');
    await unclaimed.waitFor();
    expect(await unclaimed.isDisabled()).toBe(true);
    await page.getByLabel('As this server does').uncheck();
    await unclaimed.fill('24');
    await page.getByLabel('Conversations', { exact: true }).fill('10');
    await page.getByText('Save first').waitFor();
    expect(await page.getByRole('button', { name: 'Look' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();

    await page.reload();
    expect(await unclaimed.inputValue()).toBe('24');
    expect(await page.getByLabel('Sound of conversations').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText(/^\d+ conversations whole, .* on the disk$/).waitFor();
    await page.getByRole('list', { name: 'What would go now' }).getByText('number 60').waitFor();
    await page.getByRole('button', { name: 'Remove all of this for good' }).click();
    await page.getByText(/^Removed: \d+ conversations whole/).waitFor();
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('Nothing would go now').waitFor();
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('deletes everything only after the words are typed, and counts what went', async () => {
    await signIn();
    await page.waitForURL('**/devices');
    await page.getByRole('button', { name: 'Account: Nora Lind' }).last().click();
    await page.getByRole('link', { name: 'What is kept' }).click();
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('Nothing would go now').waitFor();
    const everything = page.getByRole('region', { name: 'Delete everything of mine' });
    const confirm = everything.getByRole('button', { name: 'Delete everything' });
    const typed = everything.getByLabel(/^Type/);
    await typed.fill('delete');
    await typed.press('Enter');
    expect(await confirm.isDisabled()).toBe(true);
    await typed.fill('delete everything');
    await confirm.click();
    await everything.getByText('Everything of yours was deleted').waitFor();
    expect(await everything.locator('dl').textContent()).toContain('Conversations68');
    expect(await page.getByText('Nothing would go now').count()).toBe(0);
    await page.getByRole('link', { name: 'Conversations' }).first().click();
    await page.getByText('No conversation yet').waitFor();
    expect(unexpected(notSignedIn)).toEqual([]);
  });

  it('makes the administrator on the first run', async () => {
    await context.close();
    await server.stop();
    await open(await startFakeServer({ isSetupRequired: true, isEmpty: true }));
    await page.getByText('Open the setup link').waitFor();
    await page.goto(`${server.url}/setup?token=setup-token`);
    await page.getByLabel('Email').fill('first@example.com');
    await page.getByLabel('Password', { exact: true }).fill('long enough');
    await page.getByLabel('Password again').fill('long enuogh');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('alert').getByText('differ').waitFor();
    await page.getByLabel('Password again').fill('long enough');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('No device is connected').waitFor();
    expect(await page.getByLabel('Address for devices').first().textContent()).toBe(
      `${server.url.replace('http', 'ws')}/ws_pcm`,
    );
    expect(unexpected(/status of 503 .*\/users\/me$/)).toEqual([]);
  });
});

function soundFile(name: string) {
  const buffer = createWav(2, [{ start: 0, end: 2 }]);
  return { name, mimeType: 'audio/wav', buffer };
}

/** As a person lets go of a file over the page. */
function dropFile(name: string): void {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(['not sound'], name));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
}

function pictureOf(canvas: SVGElement | HTMLElement): string {
  return canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : '';
}
