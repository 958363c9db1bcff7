using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Hnhar
{
    /// <summary>Messages of `hnhar-stream --sink websocket:HOST:PORT`, read in the background and taken by one thread.
    /// It connects again by itself until it is disposed; nothing here waits for the network, whatever happens.</summary>
    public sealed class Subscriber : IDisposable
    {
        private const int Most = 1024; // messages that wait to be taken; beyond it the oldest falls
        private const int Topics = 4096; // that sequence numbers are remembered of
        private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(250);
        private static readonly TimeSpan Latest = TimeSpan.FromSeconds(5);

        private readonly Uri _url;
        private readonly string _token;
        private readonly TimeSpan _patience; // a status comes each second
        private readonly bool _statuses = true; // they are asked for in any case, since silence shows by them
        private readonly CancellationTokenSource _ending = new CancellationTokenSource();
        private readonly ConcurrentQueue<Received> _waiting = new ConcurrentQueue<Received>();
        private readonly Dictionary<string, long> _last = new Dictionary<string, long>();
        private long _lost, _malformed, _dropped;
        private volatile string _state = "connecting";

        /// <summary>`url`: as the run printed it, "ws://127.0.0.1:8765/ws"; `kinds`: such as "event,status", null for all;
        /// `wearer`: of this one only; `token`: where the sink was given one; `patience`: s of silence after which it
        /// connects anew.</summary>
        public Subscriber(string url, string kinds = null, string wearer = null, string token = null, double patience = 5)
        {
            _patience = TimeSpan.FromSeconds(patience);
            var query = new List<string>();
            if (!string.IsNullOrEmpty(kinds))
            {
                _statuses = Array.IndexOf(kinds.Split(','), "status") >= 0;
                query.Add("kinds=" + Uri.EscapeDataString(_statuses ? kinds : kinds + ",status"));
            }
            if (!string.IsNullOrEmpty(wearer)) query.Add("wearer=" + Uri.EscapeDataString(wearer));
            _url = new Uri(query.Count == 0 ? url : url + (url.Contains("?") ? "&" : "?") + string.Join("&", query));
            _token = token;
            Task.Run(Run);
        }

        /// <summary>"connecting", "open", "closed", or the reason for which it waits to connect again.</summary>
        public string State { get { return _state; } }

        /// <summary>Messages lost on the way since the first one of each topic.</summary>
        public long Lost { get { return Interlocked.Read(ref _lost); } }

        /// <summary>Messages that could not be read; they are passed over.</summary>
        public long Malformed { get { return Interlocked.Read(ref _malformed); } }

        /// <summary>Messages that were not taken in time.</summary>
        public long Dropped { get { return Interlocked.Read(ref _dropped); } }

        /// <summary>The next message, if one is there; never waits. Call it from one thread, such as in Update.</summary>
        public bool TryTake(out Received received) { return _waiting.TryDequeue(out received); }

        public void Dispose() { _ending.Cancel(); }

        private async Task Run()
        {
            var wait = Soonest;
            while (!_ending.IsCancellationRequested)
            {
                _state = "connecting";
                try
                {
                    using (var socket = new ClientWebSocket())
                    {
                        if (!string.IsNullOrEmpty(_token)) socket.Options.SetRequestHeader("Authorization", "Bearer " + _token);
                        await Limited(limit => socket.ConnectAsync(_url, limit)).ConfigureAwait(false);
                        _state = "open";
                        wait = Soonest;
                        _state = await Listen(socket).ConfigureAwait(false);
                    }
                }
                catch (Exception error) // of many types, by platform: each of them means to connect again
                {
                    _state = error is OperationCanceledException ? "silence" : error.GetBaseException().Message;
                }
                try { await Task.Delay(wait, _ending.Token).ConfigureAwait(false); }
                catch (OperationCanceledException) { break; }
                wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, Latest.Ticks));
            }
            _state = "closed";
        }

        /// <summary>Read until the other end closes; its reason.</summary>
        private async Task<string> Listen(ClientWebSocket socket)
        {
            var buffer = new byte[16 * 1024];
            using (var text = new MemoryStream())
            {
                while (true)
                {
                    WebSocketReceiveResult got = null;
                    await Limited(async limit =>
                    {
                        got = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), limit).ConfigureAwait(false);
                    }).ConfigureAwait(false);
                    if (got.MessageType == WebSocketMessageType.Close)
                    {
                        return string.IsNullOrEmpty(got.CloseStatusDescription) ? "it was closed" : got.CloseStatusDescription;
                    }
                    if (text.Length + got.Count > Json.Longest) return "a message is too long";
                    text.Write(buffer, 0, got.Count);
                    if (!got.EndOfMessage) continue;
                    Take(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
                    text.SetLength(0);
                }
            }
        }

        /// <summary>Do something within the patience, and no longer than until Dispose.</summary>
        private async Task Limited(Func<CancellationToken, Task> work)
        {
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token))
            {
                limit.CancelAfter(_patience);
                await work(limit.Token).ConfigureAwait(false);
            }
        }

        private void Take(string text)
        {
            Message message;
            try { message = Message.Read(text); }
            catch (FormatException)
            {
                Interlocked.Increment(ref _malformed);
                return;
            }
            if (message == null) return;
            var lost = Gap(message);
            if (lost < 0) return;
            Interlocked.Add(ref _lost, lost);
            if (message is StatusMessage && !_statuses) return;
            if (_waiting.Count >= Most && _waiting.TryDequeue(out _)) Interlocked.Increment(ref _dropped);
            _waiting.Enqueue(new Received(message, lost));
        }

        /// <summary>Messages lost before this one on its topic; -1 for a repeat that came already.</summary>
        private long Gap(Message message)
        {
            var prediction = message as PredictionMessage;
            var happened = message as EventMessage;
            var status = message as StatusMessage;
            var topic = prediction != null ? "p/" + prediction.Wearer : happened != null ? "e/" + happened.Wearer : "s";
            var seq = prediction != null ? prediction.Seq : happened != null ? happened.Seq : status.Seq;
            var key = message.Publisher + "\n" + topic;
            long last;
            var known = _last.TryGetValue(key, out last);
            if (known && (seq == last || (message.Repeat && seq < last))) return -1;
            if (!known && _last.Count >= Topics) _last.Clear();
            _last[key] = seq;
            return known ? Math.Max(0, seq - last - 1) : 0;
        }
    }
}
