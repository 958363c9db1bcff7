using System;
using System.Collections.Generic;

namespace Hnhar
{
    /// <summary>A message of a recognizer: a PredictionMessage, an EventMessage or a StatusMessage.</summary>
    public abstract class Message
    {
        /// <summary>Identifier of one run of the publisher; another one means that sequences begin anew.</summary>
        public readonly string Publisher;
        /// <summary>True for the last status, sent again for a subscriber that joined late.</summary>
        public readonly bool Repeat;

        internal Message(Dictionary<string, object> map)
        {
            Publisher = Json.Text(map, "publisher", true);
            Repeat = Json.Flag(map, "repeat", false);
        }

        /// <summary>The message of its JSON; null for what only the websocket says (hello, lost).
        /// FormatException for what is none.</summary>
        public static Message Read(string text)
        {
            var map = Json.Object(Json.Parse(text));
            if (Json.Whole(map, "v", true) != 1) throw new FormatException("another version");
            switch (Json.Text(map, "type", true))
            {
                case "prediction": return new PredictionMessage(map);
                case "event": return new EventMessage(map);
                case "status": return new StatusMessage(map);
                case "hello":
                case "lost": return null;
                default: throw new FormatException("a type that there is not");
            }
        }
    }

    /// <summary>A message, and how many were lost just before it on its topic.</summary>
    public struct Received
    {
        public readonly Message Message;
        public readonly long Lost;

        internal Received(Message message, long lost)
        {
            Message = message;
            Lost = lost;
        }
    }
}
