// A small reader of JSON without dependencies: whole numbers stay whole (Unix time in ns fits a long), sizes are bounded.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Hnhar
{
    /// <summary>Reads JSON; FormatException for what is none, or not of the type that is asked for.</summary>
    public static class Json
    {
        /// <summary>Longest text that is read, in letters.</summary>
        public const int Longest = 1 << 21;
        private const int Deepest = 32;

        /// <summary>Dictionary, List, string, long, double, bool or null.</summary>
        public static object Parse(string text)
        {
            if (text.Length > Longest) throw new FormatException("the text is too long");
            var at = 0;
            var value = Value(text, ref at, 0);
            Blank(text, ref at);
            if (at != text.Length) throw new FormatException("something follows the end");
            return value;
        }

        internal static Dictionary<string, object> Object(object item)
        {
            return item as Dictionary<string, object> ?? throw new FormatException("no object");
        }

        internal static string ToText(object item) { return item as string ?? throw new FormatException("no text"); }

        internal static long ToWhole(object item) { return item is long whole ? whole : throw new FormatException("no integer"); }

        internal static bool ToFlag(object item) { return item is bool flag ? flag : throw new FormatException("no boolean"); }

        internal static double ToNumber(object item)
        {
            return item is double number ? number : item is long whole ? whole : throw new FormatException("no number");
        }

        internal static string Text(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null ? "" : ToText(item);
        }

        internal static long Whole(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null && !must ? 0 : ToWhole(item);
        }

        internal static double Number(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null && !must ? 0 : ToNumber(item);
        }

        internal static bool Flag(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null && !must ? false : ToFlag(item);
        }

        internal static long? MaybeWhole(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null ? (long?)null : ToWhole(item);
        }

        internal static double? MaybeNumber(Dictionary<string, object> map, string key, bool must)
        {
            var item = Find(map, key, must);
            return item == null ? (double?)null : ToNumber(item);
        }

        internal static string OneOf(Dictionary<string, object> map, string key, params string[] choices)
        {
            var text = ToText(Find(map, key, true));
            return Array.IndexOf(choices, text) >= 0 ? text : throw new FormatException(key + " is " + text);
        }

        internal static IReadOnlyList<T> List<T>(Dictionary<string, object> map, string key, bool must, Func<object, T> make)
        {
            var item = Find(map, key, must);
            var made = new List<T>();
            if (item == null && !must) return made;
            foreach (var one in item as List<object> ?? throw new FormatException(key + " is no list")) made.Add(make(one));
            return made;
        }

        internal static IReadOnlyDictionary<string, T> Map<T>(
            Dictionary<string, object> map, string key, bool must, Func<object, T> make)
        {
            var item = Find(map, key, must);
            var made = new Dictionary<string, T>();
            if (item == null && !must) return made;
            foreach (var pair in Object(item)) made[pair.Key] = make(pair.Value);
            return made;
        }

        internal static T Part<T>(Dictionary<string, object> map, string key, bool must, Func<object, T> make) where T : class
        {
            var item = Find(map, key, must);
            return item == null && !must ? null : make(item);
        }

        private static object Find(Dictionary<string, object> map, string key, bool must)
        {
            if (map.TryGetValue(key, out var item)) return item;
            return must ? throw new FormatException(key + " is missing") : (object)null;
        }

        private static object Value(string text, ref int at, int depth)
        {
            if (depth > Deepest) throw new FormatException("too deep");
            Blank(text, ref at);
            switch (Peek(text, at))
            {
                case '{': return Members(text, ref at, depth);
                case '[': return Items(text, ref at, depth);
                case '"': return Quoted(text, ref at);
                case 't': return Word(text, ref at, "true", true);
                case 'f': return Word(text, ref at, "false", false);
                case 'n': return Word(text, ref at, "null", null);
                default: return Digits(text, ref at);
            }
        }

        private static Dictionary<string, object> Members(string text, ref int at, int depth)
        {
            var made = new Dictionary<string, object>();
            at++;
            Blank(text, ref at);
            if (Peek(text, at) == '}') { at++; return made; }
            while (true)
            {
                Blank(text, ref at);
                var key = Quoted(text, ref at);
                Blank(text, ref at);
                Take(text, ref at, ':');
                made[key] = Value(text, ref at, depth + 1);
                Blank(text, ref at);
                if (Peek(text, at) == '}') { at++; return made; }
                Take(text, ref at, ',');
            }
        }

        private static List<object> Items(string text, ref int at, int depth)
        {
            var made = new List<object>();
            at++;
            Blank(text, ref at);
            if (Peek(text, at) == ']') { at++; return made; }
            while (true)
            {
                made.Add(Value(text, ref at, depth + 1));
                Blank(text, ref at);
                if (Peek(text, at) == ']') { at++; return made; }
                Take(text, ref at, ',');
            }
        }

        private static string Quoted(string text, ref int at)
        {
            Take(text, ref at, '"');
            var made = new StringBuilder();
            while (true)
            {
                var letter = Peek(text, at++);
                if (letter == '"') return made.ToString();
                if (letter < ' ') throw new FormatException("a control character in a text");
                made.Append(letter == '\\' ? Escaped(text, ref at) : letter);
            }
        }

        private static char Escaped(string text, ref int at)
        {
            var letter = Peek(text, at++);
            var known = "\"\\/bfnrt".IndexOf(letter);
            if (known >= 0) return "\"\\/\b\f\n\r\t"[known];
            if (letter != 'u' || at + 4 > text.Length) throw new FormatException("an escape that there is not");
            var hex = text.Substring(at, 4);
            at += 4;
            if (!ushort.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                throw new FormatException("an escape that there is not");
            }
            return (char)code;
        }

        private static object Digits(string text, ref int at)
        {
            var from = at;
            while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0) at++;
            var digits = text.Substring(from, at - from);
            if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
            const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            if (double.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)) return number;
            throw new FormatException("no value");
        }

        private static object Word(string text, ref int at, string word, object value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw new FormatException("no value");
            at += word.Length;
            return value;
        }

        private static void Blank(string text, ref int at)
        {
            while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0) at++;
        }

        private static char Peek(string text, int at)
        {
            return at < text.Length ? text[at] : throw new FormatException("it ends before its end");
        }

        private static void Take(string text, ref int at, char wanted)
        {
            if (Peek(text, at++) != wanted) throw new FormatException("no " + wanted);
        }
    }
}
