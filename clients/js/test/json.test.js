import assert from "node:assert/strict";
import test from "node:test";

import { fault, parse } from "../json.js";

const EVENT = {
  v: 1, type: "event", publisher: "abc", seq: 3, wearer: "p1", id: 2, kind: "onset", label: "wave",
  onset: 98.5, onset_unix_ns: null, duration: null, confidence: 0.9, decided: 99.5,
};

test("nanoseconds beyond 2^53 are not rounded", () => {
  const text = '{"onset_unix_ns":1796060737016825061, "seq": 3,"wearer":"p1"}';
  assert.notEqual(BigInt(JSON.parse(text).onset_unix_ns), 1796060737016825061n);
  assert.deepEqual(parse(text), { onset_unix_ns: 1796060737016825061n, seq: 3, wearer: "p1" });
  assert.equal(parse('{"end_unix_ns":77}').end_unix_ns, 77n);
  assert.equal(parse('{"end_unix_ns":null}').end_unix_ns, null);
  assert.equal(parse('{"end_unix_ns" : -5 }').end_unix_ns, -5n);
});

test("labels and texts that look like such a key stay what they are", () => {
  const text = JSON.stringify({
    probabilities: { a_unix_ns: 1, 'b"_unix_ns': 0 },
    label: '"x_unix_ns":12345678901234567890,\\',
    list: [{ y_unix_ns: 5 }],
    last: 7,
  });
  assert.deepEqual(parse(text), JSON.parse(text));
});

test("what is no message is an error, never a wrong value", () => {
  for (const text of ["", "{", "[]", "null", "7", '"x"', '{"end_unix_ns":"x"}', '{"end_unix_ns":1.5}', '{"a":1e}']) {
    assert.throws(() => parse(text), SyntaxError, text);
  }
  assert.throws(() => parse(`{"a":"${"x".repeat(1 << 21)}"}`), /too long/);
});

test("a message must have what the schema requires, and may have more", () => {
  assert.equal(fault(EVENT), "");
  assert.equal(fault({ ...EVENT, new_key: 1, onset_unix_ns: 5n }), "");
  assert.match(fault({ ...EVENT, v: 2 }), /version 2/);
  assert.match(fault({ ...EVENT, type: "toString" }), /type is toString/);
  assert.match(fault({ ...EVENT, kind: "begin" }), /neither onset nor offset/);
  assert.match(fault({ ...EVENT, seq: 1.5 }), /seq is not integer/);
  const { wearer, ...without } = EVENT;
  assert.match(fault(without), /wearer is not string/);
});
