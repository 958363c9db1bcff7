// Made by `python -m tools.client_types` from the messages' schema; do not edit.

/** Time from the newest sample's stamp to the hand-over to the socket, s. The parts add up to `total`. */
export interface Latency {
  /** Newest sample's time stamp to its arrival in this process. */
  readonly lsl?: number;
  /** Arrival to the closed window, queueing included. */
  readonly windowing?: number;
  /** Closed window to probabilities. */
  readonly encoder?: number;
  /** Probabilities to the hand-over to the socket. */
  readonly publishing?: number;
  /** Newest sample's time stamp to the hand-over to the socket, s. */
  readonly total?: number;
}

/** Repetitions of the movement of an activity, as its signal repeats itself (docs/repetitions.md). */
export interface Repetitions {
  /** Number of repetitions; 1 where nothing repeats: the activity was performed once. */
  readonly count: number;
  /** Duration of each repetition, s, in order: the last 256 of more; none where `count` is 1. */
  readonly durations: readonly number[];
  /** Repetitions per minute, by the median duration; null where `count` is 1. */
  readonly cadence: number | null;
  /** Autocorrelation of the motion at a lag of one repetition, 0 to 1: how alike one is to the next; 0 where nothing repeats. */
  readonly regularity: number;
  /** Angle that `joint` goes through in a repetition, deg: the mean over them; null without a skeleton. */
  readonly range_of_motion?: number | null;
  /** Joint whose angle changes most ("right_elbow"); "" without a skeleton. */
  readonly joint?: string;
}

/** One input stream as the pipeline sees it. */
export interface StreamStatus {
  readonly wearer: string;
  /** "imu" or "skeleton", or one of several: "imu.wrist". */
  readonly modality: string;
  /** Name of the stream's share in the modality ("imu", or "imu.acc" and "imu.gyro"). */
  readonly feed: string;
  /** State of the stream (docs/messages.md). */
  readonly state: "ended" | "live" | "lost" | "opening" | "refused" | "resolving" | "stalled" | "validating" | "warmup";
  /** Source as the user wrote it. */
  readonly source: string;
  /** Meta-data of the stream; null until it was found. */
  readonly description?: StreamDescription | null;
  /** Hz, measured over the last seconds. */
  readonly effective_rate?: number | null;
  /** s since the newest sample's time stamp. */
  readonly age?: number | null;
  /** s added to the sender's stamps; null while unknown. */
  readonly clock_offset?: number | null;
  /** Samples handed on to the windows since the start. */
  readonly samples?: number;
  /** Interruptions of the stream's time since the start. */
  readonly gaps?: number;
  /** Samples that reached us and are in no window, with the reason in the log. */
  readonly drops?: number;
  /** Reason of its state, assumptions made of it, and present faults, in words. */
  readonly note?: string;
  /** Samples that reached us since the start; not all in `samples`: some were dropped before, or are held. */
  readonly received?: number;
  /** Samples stamped like the one before: spread out, or moved behind it. */
  readonly duplicates?: number;
  /** Samples stamped a little before the one before: moved behind it. */
  readonly steps_back?: number;
  /** Segments begun anew because the stream's time jumped, or was found to be wrong. */
  readonly jumps?: number;
  /** Samples with a value that is NaN or infinite: that value counts as missing. */
  readonly not_finite?: number;
  /** Reason -> samples dropped for it: all of `drops`. */
  readonly dropped?: { readonly [key: string]: number };
  /** Reason -> samples that were handed on, but count as missing for it, since they cannot be right. */
  readonly masked?: { readonly [key: string]: number };
  /** Present faults, in words; also part of `note`. */
  readonly faults?: readonly string[];
  /** How the sensor is turned against the axes that the weights learned, and what is done about it, in words; "" where nothing is to be said. Also part of `note`. */
  readonly mount?: string;
}

/** Meta-data of a stream, as its sender declares them. */
export interface StreamDescription {
  readonly name: string;
  readonly type: string;
  readonly source_id: string;
  /** Label of each channel; "" where the stream gives none. */
  readonly channels: readonly string[];
  /** Unit of each channel as the stream writes it; "" where it gives none. */
  readonly units: readonly string[];
  /** Hz; 0 means irregular. */
  readonly nominal_rate: number;
  readonly hostname?: string;
  /** Place where the sensor is worn, as the stream says ("right wrist"); "" where it does not. */
  readonly placement?: string;
  readonly manufacturer?: string;
}

/** Quantiles of a duration, s. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Recognition of one window: label, calibrated probabilities, and latency. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns). */
export interface PredictionMessage {
  /** Version of this schema; new keys do not raise it. */
  readonly v: 1;
  /** Kind of the message. */
  readonly type: "prediction";
  /** Identifier of one run of the publisher; another one means that sequences begin anew. */
  readonly publisher: string;
  /** True for the last status, sent again for a subscriber that joined late. */
  readonly repeat?: boolean;
  /** Counts up by one for each prediction of this wearer. */
  readonly seq: number;
  readonly wearer: string;
  /** Begin of the window, s. */
  readonly start: number;
  /** End of the window, s. */
  readonly end: number;
  /** The same moment as Unix time, ns; null where that is not known, as of a recording. */
  readonly end_unix_ns: bigint | null;
  /** The most probable label, also where `unknown`. */
  readonly label: string;
  /** Calibrated probability of `label`. */
  readonly confidence: number;
  /** Label -> calibrated probability, every label of the bundle. */
  readonly probabilities: { readonly [key: string]: number };
  /** Modalities that this prediction was made from. */
  readonly modalities: readonly string[];
  /** Modality -> share of the window that real samples support, 0 to 1. */
  readonly coverage: { readonly [key: string]: number };
  /** "samples", or "wait" where a live stream was not waited for any longer. */
  readonly closed_by: string;
  /** Identifier of the bundle. */
  readonly model: string;
  /** True where the window resembles nothing that was learned, or where it is not known yet how its only sensor is turned. */
  readonly unknown?: boolean;
  /** Distance from the nearest example that the weights keep of an activity, 0 (like it) to 1; null where they keep none. */
  readonly strangeness?: number | null;
  readonly latency?: Latency;
}

/** The onset or the offset of an activity. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns). */
export interface EventMessage {
  /** Version of this schema; new keys do not raise it. */
  readonly v: 1;
  /** Kind of the message. */
  readonly type: "event";
  /** Identifier of one run of the publisher; another one means that sequences begin anew. */
  readonly publisher: string;
  /** True for the last status, sent again for a subscriber that joined late. */
  readonly repeat?: boolean;
  /** Counts up by one for each event message of this wearer. */
  readonly seq: number;
  readonly wearer: string;
  /** The onset and the offset of one activity share it. */
  readonly id: number;
  /** "onset" or "offset". */
  readonly kind: "offset" | "onset";
  readonly label: string;
  /** Start of the activity, s. */
  readonly onset: number;
  /** The same moment as Unix time, ns; null where that is not known, as of a recording. */
  readonly onset_unix_ns: bigint | null;
  /** s; null in an onset. */
  readonly duration: number | null;
  /** Calibrated probability of `label`: in an onset that of the window that decided it, in an offset the mean over the windows from there on. */
  readonly confidence: number;
  /** End of the window that decided it: `decided - onset` is the delay. */
  readonly decided: number;
  /** Identifier of the bundle. */
  readonly model?: string;
  /** True where all of its windows together resemble nothing that was learned: an offset says so of the activity that it ends, `label` being the nearest one that was learned. An onset comes too early to tell, but where no activity was near at all: both are then published when it is over, their label `unknown`. */
  readonly unknown?: boolean;
  /** Count and tempo of its repetitions; null in an onset, and where no samples show them. */
  readonly repetitions?: Repetitions | null;
}

/** The state of the whole recognizer, published each second. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns). */
export interface StatusMessage {
  /** Version of this schema; new keys do not raise it. */
  readonly v: 1;
  /** Kind of the message. */
  readonly type: "status";
  /** Identifier of one run of the publisher; another one means that sequences begin anew. */
  readonly publisher: string;
  /** True for the last status, sent again for a subscriber that joined late. */
  readonly repeat?: boolean;
  /** Counts up by one for each status. */
  readonly seq: number;
  /** Time at which it was made, s. */
  readonly time: number;
  /** The same moment as Unix time, ns; null where that is not known, as of a recording. */
  readonly time_unix_ns: bigint | null;
  /** s since the recognizer began. */
  readonly uptime: number;
  /** Identifier of the bundle; of wearers with another, `weights` has theirs. */
  readonly model: string;
  /** Every label of all bundles. */
  readonly labels: readonly string[];
  /** Length of a window, s. */
  readonly window: number;
  /** Time from one window to the next, s. */
  readonly hop: number;
  readonly streams: readonly StreamStatus[];
  /** Part of `Latency` -> quantiles over the last minute. */
  readonly latency: { readonly [key: string]: Quantiles };
  /** Predictions made since the start. */
  readonly predictions: number;
  /** Activities begun since the start. */
  readonly events: number;
  /** Windows left out because the engine was late. */
  readonly skipped: number;
  /** Connections to the publisher. */
  readonly subscribers: number;
  /** Address that it publishes on. */
  readonly address: string;
  /** Topic -> sequence number last published there. */
  readonly last_seq: { readonly [key: string]: number };
  /** Wearer -> windows left out because the engine was late: all of `skipped`. */
  readonly skipped_by?: { readonly [key: string]: number };
  /** True where windows were left out since the status before. */
  readonly overloaded?: boolean;
  /** Wearer -> identifier of the bundle that recognizes them, where it is not `model`. */
  readonly weights?: { readonly [key: string]: string };
  /** Wearer -> repetitions so far of the activity that is on, from the second on; the offset has the final count. */
  readonly repetitions?: { readonly [key: string]: number };
  /** Library that computes the network of `model`, and its version; "" where that is not known. */
  readonly runtime?: string;
}

/** Message of a recognizer; `type` tells which. */
export type Message = PredictionMessage | EventMessage | StatusMessage;

/** Kind of a message -> key that must be at its top level -> types of JSON that it may have. */
export const REQUIRED: {
  readonly [kind in Message['type']]: { readonly [key: string]: readonly string[] };
};
