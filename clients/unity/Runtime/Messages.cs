// Made by `python -m tools.client_types` from the messages' schema; do not edit.
using System.Collections.Generic;

namespace Hnhar
{
    /// <summary>Time from the newest sample's stamp to the hand-over to the socket, s. The parts add up to `total`.</summary>
    public sealed class Latency
    {
        /// <summary>Newest sample's time stamp to its arrival in this process.</summary>
        public readonly double Lsl;
        /// <summary>Arrival to the closed window, queueing included.</summary>
        public readonly double Windowing;
        /// <summary>Closed window to probabilities.</summary>
        public readonly double Encoder;
        /// <summary>Probabilities to the hand-over to the socket.</summary>
        public readonly double Publishing;
        /// <summary>Newest sample's time stamp to the hand-over to the socket, s.</summary>
        public readonly double Total;

        internal Latency(Dictionary<string, object> map)
        {
            Lsl = Json.Number(map, "lsl", false);
            Windowing = Json.Number(map, "windowing", false);
            Encoder = Json.Number(map, "encoder", false);
            Publishing = Json.Number(map, "publishing", false);
            Total = Json.Number(map, "total", false);
        }
    }

    /// <summary>Repetitions of the movement of an activity, as its signal repeats itself (docs/repetitions.md).</summary>
    public sealed class Repetitions
    {
        /// <summary>Number of repetitions; 1 where nothing repeats: the activity was performed once.</summary>
        public readonly long Count;
        /// <summary>Duration of each repetition, s, in order: the last 256 of more; none where `count` is 1.</summary>
        public readonly IReadOnlyList<double> Durations;
        /// <summary>Repetitions per minute, by the median duration; null where `count` is 1.</summary>
        public readonly double? Cadence;
        /// <summary>Autocorrelation of the motion at a lag of one repetition, 0 to 1: how alike one is to the next; 0 where nothing repeats.</summary>
        public readonly double Regularity;
        /// <summary>Angle that `joint` goes through in a repetition, deg: the mean over them; null without a skeleton.</summary>
        public readonly double? RangeOfMotion;
        /// <summary>Joint whose angle changes most ("right_elbow"); "" without a skeleton.</summary>
        public readonly string Joint;

        internal Repetitions(Dictionary<string, object> map)
        {
            Count = Json.Whole(map, "count", true);
            Durations = Json.List(map, "durations", true, Json.ToNumber);
            Cadence = Json.MaybeNumber(map, "cadence", true);
            Regularity = Json.Number(map, "regularity", true);
            RangeOfMotion = Json.MaybeNumber(map, "range_of_motion", false);
            Joint = Json.Text(map, "joint", false);
        }
    }

    /// <summary>One input stream as the pipeline sees it.</summary>
    public sealed class StreamStatus
    {
        /// <summary></summary>
        public readonly string Wearer;
        /// <summary>"imu" or "skeleton", or one of several: "imu.wrist".</summary>
        public readonly string Modality;
        /// <summary>Name of the stream's share in the modality ("imu", or "imu.acc" and "imu.gyro").</summary>
        public readonly string Feed;
        /// <summary>State of the stream (docs/messages.md).</summary>
        public readonly string State;
        /// <summary>Source as the user wrote it.</summary>
        public readonly string Source;
        /// <summary>Meta-data of the stream; null until it was found.</summary>
        public readonly StreamDescription Description;
        /// <summary>Hz, measured over the last seconds.</summary>
        public readonly double? EffectiveRate;
        /// <summary>s since the newest sample's time stamp.</summary>
        public readonly double? Age;
        /// <summary>s added to the sender's stamps; null while unknown.</summary>
        public readonly double? ClockOffset;
        /// <summary>Samples handed on to the windows since the start.</summary>
        public readonly long Samples;
        /// <summary>Interruptions of the stream's time since the start.</summary>
        public readonly long Gaps;
        /// <summary>Samples that reached us and are in no window, with the reason in the log.</summary>
        public readonly long Drops;
        /// <summary>Reason of its state, assumptions made of it, and present faults, in words.</summary>
        public readonly string Note;
        /// <summary>Samples that reached us since the start; not all in `samples`: some were dropped before, or are held.</summary>
        public readonly long Received;
        /// <summary>Samples stamped like the one before: spread out, or moved behind it.</summary>
        public readonly long Duplicates;
        /// <summary>Samples stamped a little before the one before: moved behind it.</summary>
        public readonly long StepsBack;
        /// <summary>Segments begun anew because the stream's time jumped, or was found to be wrong.</summary>
        public readonly long Jumps;
        /// <summary>Samples with a value that is NaN or infinite: that value counts as missing.</summary>
        public readonly long NotFinite;
        /// <summary>Reason -&gt; samples dropped for it: all of `drops`.</summary>
        public readonly IReadOnlyDictionary<string, long> Dropped;
        /// <summary>Reason -&gt; samples that were handed on, but count as missing for it, since they cannot be right.</summary>
        public readonly IReadOnlyDictionary<string, long> Masked;
        /// <summary>Present faults, in words; also part of `note`.</summary>
        public readonly IReadOnlyList<string> Faults;
        /// <summary>How the sensor is turned against the axes that the weights learned, and what is done about it, in words; "" where nothing is to be said. Also part of `note`.</summary>
        public readonly string Mount;

        internal StreamStatus(Dictionary<string, object> map)
        {
            Wearer = Json.Text(map, "wearer", true);
            Modality = Json.Text(map, "modality", true);
            Feed = Json.Text(map, "feed", true);
            State = Json.OneOf(map, "state", "ended", "live", "lost", "opening", "refused", "resolving", "stalled", "validating", "warmup");
            Source = Json.Text(map, "source", true);
            Description = Json.Part(map, "description", false, item => new StreamDescription(Json.Object(item)));
            EffectiveRate = Json.MaybeNumber(map, "effective_rate", false);
            Age = Json.MaybeNumber(map, "age", false);
            ClockOffset = Json.MaybeNumber(map, "clock_offset", false);
            Samples = Json.Whole(map, "samples", false);
            Gaps = Json.Whole(map, "gaps", false);
            Drops = Json.Whole(map, "drops", false);
            Note = Json.Text(map, "note", false);
            Received = Json.Whole(map, "received", false);
            Duplicates = Json.Whole(map, "duplicates", false);
            StepsBack = Json.Whole(map, "steps_back", false);
            Jumps = Json.Whole(map, "jumps", false);
            NotFinite = Json.Whole(map, "not_finite", false);
            Dropped = Json.Map(map, "dropped", false, Json.ToWhole);
            Masked = Json.Map(map, "masked", false, Json.ToWhole);
            Faults = Json.List(map, "faults", false, Json.ToText);
            Mount = Json.Text(map, "mount", false);
        }
    }

    /// <summary>Meta-data of a stream, as its sender declares them.</summary>
    public sealed class StreamDescription
    {
        /// <summary></summary>
        public readonly string Name;
        /// <summary></summary>
        public readonly string Type;
        /// <summary></summary>
        public readonly string SourceId;
        /// <summary>Label of each channel; "" where the stream gives none.</summary>
        public readonly IReadOnlyList<string> Channels;
        /// <summary>Unit of each channel as the stream writes it; "" where it gives none.</summary>
        public readonly IReadOnlyList<string> Units;
        /// <summary>Hz; 0 means irregular.</summary>
        public readonly double NominalRate;
        /// <summary></summary>
        public readonly string Hostname;
        /// <summary>Place where the sensor is worn, as the stream says ("right wrist"); "" where it does not.</summary>
        public readonly string Placement;
        /// <summary></summary>
        public readonly string Manufacturer;

        internal StreamDescription(Dictionary<string, object> map)
        {
            Name = Json.Text(map, "name", true);
            Type = Json.Text(map, "type", true);
            SourceId = Json.Text(map, "source_id", true);
            Channels = Json.List(map, "channels", true, Json.ToText);
            Units = Json.List(map, "units", true, Json.ToText);
            NominalRate = Json.Number(map, "nominal_rate", true);
            Hostname = Json.Text(map, "hostname", false);
            Placement = Json.Text(map, "placement", false);
            Manufacturer = Json.Text(map, "manufacturer", false);
        }
    }

    /// <summary>Quantiles of a duration, s.</summary>
    public sealed class Quantiles
    {
        /// <summary></summary>
        public readonly double P50;
        /// <summary></summary>
        public readonly double P99;

        internal Quantiles(Dictionary<string, object> map)
        {
            P50 = Json.Number(map, "p50", true);
            P99 = Json.Number(map, "p99", true);
        }
    }

    /// <summary>Recognition of one window: label, calibrated probabilities, and latency. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns).</summary>
    public sealed class PredictionMessage : Message
    {
        /// <summary>Counts up by one for each prediction of this wearer.</summary>
        public readonly long Seq;
        /// <summary></summary>
        public readonly string Wearer;
        /// <summary>Begin of the window, s.</summary>
        public readonly double Start;
        /// <summary>End of the window, s.</summary>
        public readonly double End;
        /// <summary>The same moment as Unix time, ns; null where that is not known, as of a recording.</summary>
        public readonly long? EndUnixNs;
        /// <summary>The most probable label, also where `unknown`.</summary>
        public readonly string Label;
        /// <summary>Calibrated probability of `label`.</summary>
        public readonly double Confidence;
        /// <summary>Label -&gt; calibrated probability, every label of the bundle.</summary>
        public readonly IReadOnlyDictionary<string, double> Probabilities;
        /// <summary>Modalities that this prediction was made from.</summary>
        public readonly IReadOnlyList<string> Modalities;
        /// <summary>Modality -&gt; share of the window that real samples support, 0 to 1.</summary>
        public readonly IReadOnlyDictionary<string, double> Coverage;
        /// <summary>"samples", or "wait" where a live stream was not waited for any longer.</summary>
        public readonly string ClosedBy;
        /// <summary>Identifier of the bundle.</summary>
        public readonly string Model;
        /// <summary>True where the window resembles nothing that was learned, or where it is not known yet how its only sensor is turned.</summary>
        public readonly bool Unknown;
        /// <summary>Distance from the nearest example that the weights keep of an activity, 0 (like it) to 1; null where they keep none.</summary>
        public readonly double? Strangeness;
        /// <summary></summary>
        public readonly Latency Latency;

        internal PredictionMessage(Dictionary<string, object> map) : base(map)
        {
            Seq = Json.Whole(map, "seq", true);
            Wearer = Json.Text(map, "wearer", true);
            Start = Json.Number(map, "start", true);
            End = Json.Number(map, "end", true);
            EndUnixNs = Json.MaybeWhole(map, "end_unix_ns", true);
            Label = Json.Text(map, "label", true);
            Confidence = Json.Number(map, "confidence", true);
            Probabilities = Json.Map(map, "probabilities", true, Json.ToNumber);
            Modalities = Json.List(map, "modalities", true, Json.ToText);
            Coverage = Json.Map(map, "coverage", true, Json.ToNumber);
            ClosedBy = Json.Text(map, "closed_by", true);
            Model = Json.Text(map, "model", true);
            Unknown = Json.Flag(map, "unknown", false);
            Strangeness = Json.MaybeNumber(map, "strangeness", false);
            Latency = Json.Part(map, "latency", false, item => new Latency(Json.Object(item)));
        }
    }

    /// <summary>The onset or the offset of an activity. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns).</summary>
    public sealed class EventMessage : Message
    {
        /// <summary>Counts up by one for each event message of this wearer.</summary>
        public readonly long Seq;
        /// <summary></summary>
        public readonly string Wearer;
        /// <summary>The onset and the offset of one activity share it.</summary>
        public readonly long Id;
        /// <summary>"onset" or "offset".</summary>
        public readonly string Kind;
        /// <summary></summary>
        public readonly string Label;
        /// <summary>Start of the activity, s.</summary>
        public readonly double Onset;
        /// <summary>The same moment as Unix time, ns; null where that is not known, as of a recording.</summary>
        public readonly long? OnsetUnixNs;
        /// <summary>s; null in an onset.</summary>
        public readonly double? Duration;
        /// <summary>Calibrated probability of `label`: in an onset that of the window that decided it, in an offset the mean over the windows from there on.</summary>
        public readonly double Confidence;
        /// <summary>End of the window that decided it: `decided - onset` is the delay.</summary>
        public readonly double Decided;
        /// <summary>Identifier of the bundle.</summary>
        public readonly string Model;
        /// <summary>True where all of its windows together resemble nothing that was learned: an offset says so of the activity that it ends, `label` being the nearest one that was learned. An onset comes too early to tell, but where no activity was near at all: both are then published when it is over, their label `unknown`.</summary>
        public readonly bool Unknown;
        /// <summary>Count and tempo of its repetitions; null in an onset, and where no samples show them.</summary>
        public readonly Repetitions Repetitions;

        internal EventMessage(Dictionary<string, object> map) : base(map)
        {
            Seq = Json.Whole(map, "seq", true);
            Wearer = Json.Text(map, "wearer", true);
            Id = Json.Whole(map, "id", true);
            Kind = Json.OneOf(map, "kind", "offset", "onset");
            Label = Json.Text(map, "label", true);
            Onset = Json.Number(map, "onset", true);
            OnsetUnixNs = Json.MaybeWhole(map, "onset_unix_ns", true);
            Duration = Json.MaybeNumber(map, "duration", true);
            Confidence = Json.Number(map, "confidence", true);
            Decided = Json.Number(map, "decided", true);
            Model = Json.Text(map, "model", false);
            Unknown = Json.Flag(map, "unknown", false);
            Repetitions = Json.Part(map, "repetitions", false, item => new Repetitions(Json.Object(item)));
        }
    }

    /// <summary>The state of the whole recognizer, published each second. Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns).</summary>
    public sealed class StatusMessage : Message
    {
        /// <summary>Counts up by one for each status.</summary>
        public readonly long Seq;
        /// <summary>Time at which it was made, s.</summary>
        public readonly double Time;
        /// <summary>The same moment as Unix time, ns; null where that is not known, as of a recording.</summary>
        public readonly long? TimeUnixNs;
        /// <summary>s since the recognizer began.</summary>
        public readonly double Uptime;
        /// <summary>Identifier of the bundle; of wearers with another, `weights` has theirs.</summary>
        public readonly string Model;
        /// <summary>Every label of all bundles.</summary>
        public readonly IReadOnlyList<string> Labels;
        /// <summary>Length of a window, s.</summary>
        public readonly double Window;
        /// <summary>Time from one window to the next, s.</summary>
        public readonly double Hop;
        /// <summary></summary>
        public readonly IReadOnlyList<StreamStatus> Streams;
        /// <summary>Part of `Latency` -&gt; quantiles over the last minute.</summary>
        public readonly IReadOnlyDictionary<string, Quantiles> Latency;
        /// <summary>Predictions made since the start.</summary>
        public readonly long Predictions;
        /// <summary>Activities begun since the start.</summary>
        public readonly long Events;
        /// <summary>Windows left out because the engine was late.</summary>
        public readonly long Skipped;
        /// <summary>Connections to the publisher.</summary>
        public readonly long Subscribers;
        /// <summary>Address that it publishes on.</summary>
        public readonly string Address;
        /// <summary>Topic -&gt; sequence number last published there.</summary>
        public readonly IReadOnlyDictionary<string, long> LastSeq;
        /// <summary>Wearer -&gt; windows left out because the engine was late: all of `skipped`.</summary>
        public readonly IReadOnlyDictionary<string, long> SkippedBy;
        /// <summary>True where windows were left out since the status before.</summary>
        public readonly bool Overloaded;
        /// <summary>Wearer -&gt; identifier of the bundle that recognizes them, where it is not `model`.</summary>
        public readonly IReadOnlyDictionary<string, string> Weights;
        /// <summary>Wearer -&gt; repetitions so far of the activity that is on, from the second on; the offset has the final count.</summary>
        public readonly IReadOnlyDictionary<string, long> Repetitions;
        /// <summary>Library that computes the network of `model`, and its version; "" where that is not known.</summary>
        public readonly string Runtime;

        internal StatusMessage(Dictionary<string, object> map) : base(map)
        {
            Seq = Json.Whole(map, "seq", true);
            Time = Json.Number(map, "time", true);
            TimeUnixNs = Json.MaybeWhole(map, "time_unix_ns", true);
            Uptime = Json.Number(map, "uptime", true);
            Model = Json.Text(map, "model", true);
            Labels = Json.List(map, "labels", true, Json.ToText);
            Window = Json.Number(map, "window", true);
            Hop = Json.Number(map, "hop", true);
            Streams = Json.List(map, "streams", true, item => new StreamStatus(Json.Object(item)));
            Latency = Json.Map(map, "latency", true, item => new Quantiles(Json.Object(item)));
            Predictions = Json.Whole(map, "predictions", true);
            Events = Json.Whole(map, "events", true);
            Skipped = Json.Whole(map, "skipped", true);
            Subscribers = Json.Whole(map, "subscribers", true);
            Address = Json.Text(map, "address", true);
            LastSeq = Json.Map(map, "last_seq", true, Json.ToWhole);
            SkippedBy = Json.Map(map, "skipped_by", false, Json.ToWhole);
            Overloaded = Json.Flag(map, "overloaded", false);
            Weights = Json.Map(map, "weights", false, Json.ToText);
            Repetitions = Json.Map(map, "repetitions", false, Json.ToWhole);
            Runtime = Json.Text(map, "runtime", false);
        }
    }
}
