#if UNITY_5_3_OR_NEWER
using System;
using UnityEngine;

namespace Hnhar
{
    /// <summary>Put it on a game object: its events are raised in the main thread, in Update.</summary>
    public sealed class HnharReceiver : MonoBehaviour
    {
        [SerializeField] private string url = "ws://127.0.0.1:8765/ws";
        [SerializeField] private string wearer = "";
        [SerializeField] private string token = "";

        public event Action<PredictionMessage> Predicted;
        public event Action<EventMessage> Happened;
        public event Action<StatusMessage> StatusCame;

        private const int MostAFrame = 256;
        private Subscriber _subscriber;

        /// <summary>The subscriber behind it: its state, and what was lost.</summary>
        public Subscriber Subscriber { get { return _subscriber; } }

        private void OnEnable() { _subscriber = new Subscriber(url, null, wearer, token); }

        private void OnDisable()
        {
            _subscriber.Dispose();
            _subscriber = null;
        }

        private void Update()
        {
            Received received;
            for (var n = 0; n < MostAFrame && _subscriber != null && _subscriber.TryTake(out received); n++)
            {
                if (received.Message is PredictionMessage) Raise(Predicted, (PredictionMessage)received.Message);
                else if (received.Message is EventMessage) Raise(Happened, (EventMessage)received.Message);
                else Raise(StatusCame, (StatusMessage)received.Message);
            }
        }

        private static void Raise<T>(Action<T> handlers, T message)
        {
            if (handlers != null) handlers(message);
        }
    }
}
#endif
