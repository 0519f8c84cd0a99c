/**
 * The one registry of errors that can reach a client, over HTTP or a socket.
 *
 * `code` is stable and part of the wire; `status` is the HTTP status; `closeCode`, where given, is the
 * WebSocket close code used when the error ends a socket; `retryable` says whether the same request may
 * succeed later unchanged. `{name}` in a template is filled from the error's parameters, which never
 * carry content, tokens or an exception's text.
 */
export const errorRegistry = {
  // Who is asking
  unauthorized: { status: 401, closeCode: 1008, retryable: false, template: 'Unauthorized' },
  authentication_failed: {
    status: 401,
    closeCode: 1008,
    retryable: false,
    template: 'Authentication failed. Please log in again and ensure your token is valid.',
  },
  bad_credentials: { status: 400, retryable: false, template: 'LOGIN_BAD_CREDENTIALS' },
  forbidden: { status: 403, closeCode: 1008, retryable: false, template: 'Forbidden' },
  setup_required: {
    status: 503,
    closeCode: 1013,
    retryable: true,
    template:
      'This server has no administrator yet. Open the setup link it printed when it started.',
  },
  setup_link_invalid: {
    status: 404,
    retryable: false,
    template: 'This setup link is not valid or has been used.',
  },
  too_many_requests: {
    status: 429,
    closeCode: 1013,
    retryable: true,
    template: 'Too many requests. Try again in {seconds} s.',
  },

  // What is asked for
  not_found: { status: 404, retryable: false, template: 'Not Found' },
  client_not_found: {
    status: 404,
    retryable: false,
    template: "Client '{clientId}' not found or not connected",
  },
  conversation_not_found: { status: 404, retryable: false, template: 'Conversation not found' },
  transcript_not_found: {
    status: 404,
    retryable: false,
    template: 'The conversation has no such transcript',
  },
  person_not_found: { status: 404, retryable: false, template: 'Person not found' },
  segment_not_found: {
    status: 404,
    retryable: false,
    template: 'The conversation has no such segment',
  },
  memory_not_found: { status: 404, retryable: false, template: 'Memory not found' },
  user_exists: {
    status: 409,
    retryable: false,
    template: 'A user with this email already exists',
  },
  no_open_conversation: {
    status: 409,
    retryable: false,
    template: "Client '{clientId}' has no open conversation",
  },
  conversation_busy: {
    status: 409,
    retryable: true,
    template: 'This conversation is not ready for that yet; try again in a moment',
  },
  conversation_merged: {
    status: 410,
    retryable: false,
    template: 'This conversation became part of {conversationId}',
  },
  no_sound: {
    status: 409,
    retryable: false,
    template: 'This conversation has words alone, no sound',
  },
  edit_out_of_range: {
    status: 422,
    retryable: false,
    template:
      'The conversation lasts {durationSeconds} s; an edit must leave some of it, and not all of it',
  },
  transcript_of_other_range: {
    status: 409,
    retryable: false,
    template: 'This version has words that the conversation does not hold any more',
  },
  transcriber_not_found: {
    status: 404,
    retryable: false,
    template: 'There is no such recogniser; there are: {names}',
  },
  model_not_found: {
    status: 404,
    retryable: false,
    template: 'There is no such model; there are: {names}',
  },
  model_not_fetched: {
    status: 502,
    retryable: true,
    template: 'The model {name} could not be fetched: {reason}',
  },
  not_mergeable: {
    status: 422,
    retryable: false,
    template: 'Two or more conversations can be merged that do not overlap in time',
  },
  nothing_to_undo: {
    status: 409,
    retryable: false,
    template: 'No edit of this conversation is left to undo',
  },
  edit_superseded: {
    status: 409,
    retryable: false,
    template: 'Undo the later edit of conversation {conversationId} first',
  },
  capture_not_found: { status: 404, retryable: false, template: 'Recording not found' },
  capture_in_progress: {
    status: 409,
    retryable: true,
    template: 'This recording is not over yet',
  },
  capture_claimed: {
    status: 409,
    retryable: false,
    template: 'Conversations hold this recording ({count}); delete them first, or add force=true',
  },
  devices_connected: {
    status: 409,
    retryable: true,
    template: 'Devices are connected ({count}); stop them first',
  },
  data_being_removed: {
    status: 409,
    closeCode: 1013,
    retryable: true,
    template: 'The data of this account is being removed; try again in a moment',
  },
  check_running: {
    status: 409,
    retryable: true,
    template: 'The recordings are being checked already',
  },
  signed_url_expired: {
    status: 403,
    retryable: false,
    template: 'This address is no longer valid',
  },
  signed_url_invalid: { status: 403, retryable: false, template: 'This address is not valid' },
  invalid_request: { status: 422, retryable: false, template: '{problem}' },
  method_not_allowed: { status: 405, retryable: false, template: 'Method Not Allowed' },
  payload_too_large: {
    status: 413,
    closeCode: 1009,
    retryable: false,
    template: 'The body is larger than {limitBytes} bytes',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    template: 'This content type is not supported here',
  },
  range_not_satisfiable: {
    status: 416,
    retryable: false,
    template: 'The requested range is not satisfiable',
  },

  // Uploaded files
  job_not_found: { status: 404, retryable: false, template: 'Job not found' },
  file_too_large: {
    status: 413,
    retryable: false,
    template: 'The file is larger than {limitMiB} MiB',
  },
  file_too_long: {
    status: 422,
    retryable: false,
    template: 'The file holds more than {hours} hours of sound',
  },
  undecodable_file: {
    status: 422,
    retryable: false,
    template: 'The file is damaged, or no sound file of a known format',
  },
  no_sound_in_file: { status: 422, retryable: false, template: 'There is no sound in the file' },
  file_cut_short: {
    status: 422,
    retryable: false,
    template: 'The file is damaged after {seconds} s; the sound up to there was kept',
  },
  ffmpeg_missing: {
    status: 501,
    retryable: false,
    template:
      'This format needs FFmpeg, which the server does not have. Install it there (for example: apt-get install ffmpeg) and upload the file again, or convert it to WAV',
  },

  // Sound on a socket
  invalid_json: {
    status: 400,
    retryable: false,
    template: 'A text frame must be one JSON object with a string "type"',
  },
  invalid_header: { status: 400, retryable: false, template: 'Invalid header: {problem}' },
  payload_mismatch: {
    status: 400,
    retryable: false,
    template: 'The header announced {expectedBytes} payload bytes, {actualBytes} came',
  },
  unexpected_payload: {
    status: 400,
    retryable: false,
    template: 'A binary frame came where none was announced',
  },
  odd_byte_count: {
    status: 400,
    retryable: false,
    template: 'PCM frames hold whole samples; {bytes} bytes is not a multiple of {frameBytes}',
  },
  unsupported_audio_format: {
    status: 400,
    retryable: false,
    template: 'This audio format is not supported: {problem}',
  },
  undecodable_packet: {
    status: 400,
    retryable: false,
    template: 'A packet could not be read and was left out; more of the same are only counted',
  },
  message_rate_exceeded: {
    status: 429,
    closeCode: 1008,
    retryable: false,
    template: 'This connection sends more messages than {perSecond} a second',
  },
  too_many_sockets: {
    status: 429,
    closeCode: 1013,
    retryable: true,
    template: 'Too many connections are open; close one, or try again later',
  },
  idle_timeout: {
    status: 408,
    closeCode: 1013,
    retryable: true,
    template: 'Nothing came over this connection for {minutes} min',
  },
  too_slow: {
    status: 503,
    closeCode: 1013,
    retryable: true,
    template: 'The server cannot store sound this fast; reconnect and resend',
  },
  taken_over: {
    status: 409,
    closeCode: 1008,
    retryable: false,
    template: 'A newer connection of this device took over',
  },
  storage_unavailable: {
    status: 503,
    closeCode: 1013,
    retryable: true,
    template: 'The server cannot store sound now',
  },
  storage_full: {
    status: 507,
    closeCode: 1013,
    retryable: true,
    template: 'The disk of the server is nearly full; nothing new is recorded until there is room',
  },
  shutting_down: {
    status: 503,
    closeCode: 1012,
    retryable: true,
    template: 'The server is restarting; reconnect in a moment',
  },

  // The rest
  not_ready: { status: 503, retryable: true, template: 'The server is not ready' },
  internal: { status: 500, closeCode: 1011, retryable: true, template: 'Internal server error' },
} as const satisfies Record<string, ErrorSpec>;

export interface ErrorSpec {
  readonly status: number;
  readonly closeCode?: number;
  readonly retryable: boolean;
  readonly template: string;
}

export type ErrorCode = keyof typeof errorRegistry;

/** What is known of an error beside its code: short facts (ids, sizes), never content. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** The registry's entry, widened so that optional fields can be read on any code. */
export function errorSpec(code: ErrorCode): ErrorSpec {
  return errorRegistry[code];
}

/** The sentence a client sees: the template with its parameters filled in. */
export function errorMessage(code: ErrorCode, params: ErrorParams = {}): string {
  return errorRegistry[code].template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    name in params ? String(params[name]) : whole,
  );
}
