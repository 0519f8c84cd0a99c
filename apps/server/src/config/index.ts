export { ConfigError, readConfig, type Config } from './config.ts';
export { withEnvFile } from './env-file.ts';
export { loadOrCreateSecret } from './secret-file.ts';
export { providersInOrder, type ProviderName, type TranscriptionConfig } from './transcription.ts';
