// Prints what the Unity client's subscriber gets, a line each: Listen.exe URL [KINDS [WEARER [TOKEN [PATIENCE]]]].
// It ends with its input.
using System;
using System.Threading;
using Hnhar;

public static class Listen
{
    public static int Main(string[] arguments)
    {
        Func<int, string> given = n => arguments.Length > n && arguments[n] != "" ? arguments[n] : null;
        var over = false;
        new Thread(() => { Console.In.ReadToEnd(); over = true; }) { IsBackground = true }.Start();
        var state = "";
        var patience = double.Parse(given(4) ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        using (var subscriber = new Subscriber(arguments[0], given(1), given(2), given(3), patience))
        {
            while (!Volatile.Read(ref over))
            {
                if (subscriber.State != state) Console.WriteLine("state " + (state = subscriber.State));
                Received received;
                while (subscriber.TryTake(out received))
                {
                    Console.WriteLine(Line(received.Message) + " lost " + received.Lost + " malformed " + subscriber.Malformed);
                }
                Thread.Sleep(5);
            }
        }
        return 0;
    }

    private static string Line(Message message)
    {
        var prediction = message as PredictionMessage;
        if (prediction != null)
        {
            return "prediction " + prediction.Seq + " " + prediction.Wearer + " " + prediction.Label + " "
                + prediction.EndUnixNs + " " + prediction.Probabilities["clap"].ToString("R");
        }
        var happened = message as EventMessage;
        if (happened != null)
        {
            return "event " + happened.Seq + " " + happened.Kind + " " + happened.Label + " " + happened.OnsetUnixNs + " "
                + (happened.Duration.HasValue ? happened.Duration.Value.ToString("R") : "none") + " "
                + (happened.Repetitions == null ? "none" : happened.Repetitions.Count.ToString());
        }
        var status = (StatusMessage)message;
        return "status " + status.Seq + " " + status.Streams[0].State + " " + status.Streams[0].Description.Units[0];
    }
}
