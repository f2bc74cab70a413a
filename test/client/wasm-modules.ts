/** Modules of WebAssembly as text, and the bytes that Binaryen's `wasm-as` makes of it. */
export interface TextAndBytes {
  readonly text: string
  readonly bytes: Uint8Array
}
const wasm = (text: string, base64: string): TextAndBytes => ({ text, bytes: new Uint8Array(Buffer.from(base64, 'base64')) })

/** Each runs for ever, in its export `f` or at its start. */
export const ENDLESS: Readonly<Record<string, TextAndBytes>> = {
  'a loop': wasm('(module (func (export "f") (loop $l (br $l))))', 'AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAoKAQgAA0AMAAsACw=='),
  'a loop of a parameter in a block': wasm(
    '(module (func (export "f") (drop (block (result i32) (i32.const 1) (loop $l (param i32) (result i32) (br $l))))))',
    'AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAocARoBAX9BASEAA38CfwJ/IAAMAAshAAwBCwsaCw==',
  ),
  'a start function': wasm('(module (func $f (loop $l (br $l))) (start $f))', 'AGFzbQEAAAABBAFgAAADAgEACAEACgoBCAADQAwACwAL'),
  'a function that ends in a call of itself': wasm(
    '(module (func $f (export "f") (return_call $f)))',
    'AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAoGAQQAEgAL',
  ),
  'functions that end in calls through a table': wasm(
    '(module (type $v (func)) (table 2 2 funcref) (elem (i32.const 0) $f $g) (func $f (export "f") (return_call_indirect (type $v) (i32.const 1))) (func $g (return_call_indirect (type $v) (i32.const 0))))',
    'AGFzbQEAAAABBAFgAAADAwIAAAQFAXABAgIHBQEBZgAACQgBAEEACwIAAQoRAgcAQQETAAALBwBBABMAAAs=',
  ),
  'functions that end in calls of references': wasm(
    '(module (type $v (func)) (elem declare func $f) (func $f (export "f") (return_call_ref $v (ref.func $f))))',
    'AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAkFAQMAAQAKCAEGANIAFQAL',
  ),
  'calls that double': wasm(
    '(module (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1)))))) (func (export "f") (call $f (i32.const 62))))',
    'AGFzbQEAAAABCAJgAX8AYAAAAwMCAAEHBQEBZgABCh4CFQAgAARAIABBAWsQACAAQQFrEAALCwYAQT4QAAs=',
  ),
  'fillings of a memory': wasm(
    '(module (memory 1 1) (func (export "f") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))))',
    'AGFzbQEAAAABBAFgAAADAgEABQQBAQEBBwUBAWYAAAoVARMAA0BBAEEBQYCABPwLAAwACwAL',
  ),
  'a loop behind branches back': wasm(
    '(module (func (export "f") (block $out (loop $l (br_table $l $l $out (i32.const 0))))))',
    'AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAoSARAAAkADQEEADgIAAAELAAsL',
  ),
}

/** Each computes `f(n)` in n turns, with the instructions of one part of the language. */
export const TERMINATING: Readonly<Record<string, TextAndBytes>> = {
  numbers: wasm(
    '(module (func (export "f") (param i32) (result f64) (local $s f64) (local $n i64) (loop $l (local.set $n (i64.add (i64.mul (local.get $n) (i64.const -6364136223846793005)) (i64.const 0x7fffffffffffffff))) (local.set $s (f64.add (local.get $s) (f64.div (f64.const 1.5) (f64.convert_i64_s (i64.extend8_s (i64.or (local.get $n) (i64.const 1))))))) (local.set $s (f64.add (local.get $s) (f64.promote_f32 (f32.const 0.25)))) (local.set $s (f64.add (local.get $s) (f64.convert_i32_s (i32.trunc_sat_f64_s (local.get $s))))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get $s)))',
    'AGFzbQEAAAABBgFgAX8BfAMCAQAHBQEBZgAACl0BWwIBfAF+A0AgAkLTgaqbq/qC16d/fkL///////////8AfCECIAFEAAAAAAAA+D8gAkIBhMK5o6AhASABQwAAgD67oCEBIAEgAfwCt6AhASAAQQFrIgANAAsgAQs=',
  ),
  'memories and tables': wasm(
    '(module (memory 1 2) (data $d "\\07\\08\\09") (type $u (func (param i32) (result i32))) (table $t (export "t") 4 8 funcref) (elem (i32.const 0) $a $b) (elem $e func $b $a) (func $a (param i32) (result i32) (i32.add (local.get 0) (i32.const 3))) (func $b (param i32) (result i32) (i32.mul (local.get 0) (i32.const 5))) (func (export "f") (param i32) (result i32) (local i32) (memory.init $d (i32.const 8) (i32.const 0) (i32.const 3)) (data.drop $d) (memory.copy (i32.const 16) (i32.const 8) (i32.const 3)) (memory.fill (i32.const 24) (i32.const 2) (i32.const 9)) (drop (memory.grow (i32.const 1))) (table.init $e (i32.const 2) (i32.const 0) (i32.const 2)) (elem.drop $e) (table.copy (i32.const 1) (i32.const 3) (i32.const 1)) (drop (table.grow (ref.null func) (i32.const 1))) (table.set (i32.const 4) (table.get (i32.const 0))) (table.fill (i32.const 4) (ref.func $a) (i32.const 1)) (loop $l (local.set 1 (call_indirect (type $u) (i32.add (local.get 1) (i32.load8_u offset=16 (i32.rem_u (local.get 0) (i32.const 16)))) (i32.rem_u (local.get 0) (i32.const 5)))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.add (local.get 1) (i32.add (memory.size) (table.size $t)))))',
    'AGFzbQEAAAABBgFgAX8BfwMEAwAAAAQFAXABBAgFBAEBAQIHCQIBdAEAAWYAAgkNAgBBAAsCAAEBAAIBAAwBAQqWAQMHACAAQQNqCwcAIABBBWwLgwEBAX9BCEEAQQP8CAAA/AkAQRBBCEED/AoAAEEYQQJBCfwLAEEBQAAaQQJBAEEC/AwBAPwNAUEBQQNBAfwOAADQc0EB/A8AGkEEQQAlACYAQQTSAEEB/BEAA0AgASAAQRBwLQAQaiAAQQVwEQAAIQEgAEEBayIADQALIAE/APwQAGpqCwsGAQEDBwgJ',
  ),
  vectors: wasm(
    '(module (memory 1) (func (export "f") (param i32) (result i32) (local v128) (v128.store (i32.const 0) (v128.const i32x4 1 2 3 4)) (loop $l (local.set 1 (i32x4.add (local.get 1) (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 31 30 29 28 (v128.load (i32.const 0)) (i32x4.splat (local.get 0))))) (v128.store16_lane 3 (i32.const 4) (local.get 1)) (local.set 1 (v128.load8_lane 5 (i32.const 4) (local.get 1))) (local.set 1 (i8x16.swizzle (local.get 1) (v128.load32_zero (i32.const 8)))) (local.set 1 (i16x8.replace_lane 2 (local.get 1) (local.get 0))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.add (i32x4.extract_lane 0 (local.get 1)) (i32x4.extract_lane 1 (local.get 1)))))',
    'AGFzbQEAAAABBgFgAX8BfwMCAQAFAwEAAQcFAQFmAAAKgQEBfwEBe0EA/QwBAAAAAgAAAAMAAAAEAAAA/QsEAANAIAFBAP0ABAAgAP0R/Q0AAQIDCAkKCxAREhMfHh0c/a4BIQFBBCAB/VkBAANBBCAB/VQAAAUhASABQQj9XAIA/Q4hASABIAD9GgIhASAAQQFrIgANAAsgAf0bACAB/RsBags=',
  ),
  atomics: wasm(
    '(module (memory 1 1) (func (export "f") (param i32) (result i32) (loop $l (drop (i32.atomic.rmw.add offset=8 (i32.const 0) (local.get 0))) (atomic.fence) (drop (memory.atomic.notify (i32.const 0) (i32.const 1))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.atomic.load offset=8 (i32.const 0))))',
    'AGFzbQEAAAABBgFgAX8BfwMCAQAFBAEBAQEHBQEBZgAACisBKQADQEEAIAD+HgIIGv4DAEEAQQH+AAIAGiAAQQFrIgANAAtBAP4QAggL',
  ),
  exceptions: wasm(
    '(module (tag $t (param i32)) (func $g (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (throw $t (local.get 0))))) (func (export "f") (param i32) (result i32) (local $s i32) (loop $l (local.set $s (i32.add (local.get $s) (block $c (result i32) (try_table (catch $t $c) (call $g (local.get 0))) (i32.const 1000)))) (block $all (try_table (catch_all $all) (call $g (local.get 0)))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get $s)))',
    'AGFzbQEAAAABCgJgAX8AYAF/AX8DAwIAAQ0DAQAABwUBAWYAAQpGAg4AIABBAXEEQCAACAALCzUBAX8DQCABAn8fQAEAAAAgABAAC0HoBwtqIQECQB9AAQIAIAAQAAsLIABBAWsiAA0ACyABCw==',
  ),
  'exceptions of the first form': wasm(
    '(module (tag $t (param i32)) (func $g (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (throw $t (local.get 0))))) (func (export "f") (param i32) (result i32) (local $s i32) (loop $l (try $outer (do (try $inner (do (try (do (call $g (local.get 0))) (delegate $inner))) (catch $t (local.set $s (i32.add (pop i32) (local.get $s))) (rethrow $inner)))) (catch_all (local.set $s (i32.mul (local.get $s) (i32.const 3))))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get $s)))',
    'AGFzbQEAAAABCgJgAX8AYAF/AX8DAwIAAQ0DAQAABwUBAWYAAQpCAg4AIABBAXEEQCAACAALCzEBAX8DQAZABkAGQCAAEAAYAAcAIAFqIQEJAAsZIAFBA2whAQsgAEEBayIADQALIAEL',
  ),
  'tail calls': wasm(
    '(module (func $f (export "f") (param i32) (result i32) (return_call $g (local.get 0) (i32.const 0))) (func $g (param i32 i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (local.get 1)) (else (return_call $g (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0)))))))',
    'AGFzbQEAAAABDAJgAX8Bf2ACf38BfwMDAgABBwUBAWYAAAoiAggAIABBABIBCxcAIABFBH8gAQUgAEEBayABIABqEgELCw==',
  ),
  'several values': wasm(
    '(module (func $two (param i32) (result i32 i32) (local.get 0) (i32.const 1)) (func (export "f") (param i32) (result i32) (i32.const 0) (local.get 0) (loop $l (param i32 i32) (result i32) (local.set 0) (i32.add (local.get 0)) (call $two (local.get 0)) (i32.sub) (local.tee 0) (br_if $l (i32.gt_s (local.get 0) (i32.const 0))) (drop))))',
    'AGFzbQEAAAABEQNgAX8Cf39gAX8Bf2AAAn9/AwMCAAEHBQEBZgABClQCBgAgAEEBC0sBCX9BACAAIQIhAQN/An8CAiABIAIhBCIDIAQhACAAaiAAEAAhBiIFIAZrIgAgAEEASg0AIQgiByEJIAgaIAkMAQshAiEBDAELCws=',
  ),
  references: wasm(
    '(module (rec (type $list (sub (struct (field (mut i32)) (field (mut (ref null $list)))))) (type $longer (sub final $list (struct (field (mut i32)) (field (mut (ref null $list))) (field i8))))) (type $numbers (array (mut i32))) (type $u (func (param i32) (result i32))) (elem declare func $inc) (func $inc (type $u) (i32.add (local.get 0) (i32.const 1))) (func (export "f") (param i32) (result i32) (local $s i32) (local $c (ref null $list)) (local $a (ref $numbers)) (local.set $a (array.new $numbers (i32.const 3) (i32.const 10))) (array.fill $numbers (local.get $a) (i32.const 1) (i32.const 7) (i32.const 4)) (loop $l (local.set $c (struct.new $longer (call_ref $u (local.get 0) (ref.func $inc)) (local.get $c) (i32.const 9))) (array.set $numbers (local.get $a) (i32.rem_u (local.get 0) (array.len (local.get $a))) (local.get 0)) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (block $done (loop $m (local.set $s (i32.add (local.get $s) (i32.add (struct.get $list 0 (br_on_null $done (local.get $c))) (i32.add (struct.get_u $longer 2 (ref.cast (ref $longer) (local.get $c))) (ref.test (ref $longer) (local.get $c)))))) (local.set $c (struct.get $list 1 (local.get $c))) (br $m))) (i32.add (local.get $s) (i32.add (i31.get_s (ref.i31 (i32.const 5))) (array.get $numbers (local.get $a) (i32.const 2))))))',
    'AGFzbQEAAAABIANOAlAAXwJ/AWMAAU8BAF8DfwFjAAF4AF5/AWABfwF/AwMCAwMHBQEBZgABCQUBAwABAAqRAQIHACAAQQFqC4YBAwF/AWMAAWQCQQNBCvsGAiEDIANBAUEHQQT7EAIDQCAA0gAUAyACQQn7AAEhAiADIAAgA/sPcCAA+w4CIABBAWsiAA0ACwJAA0AgASAC1QH7AgAAIAL7FgH7BAECIAL7FAFqamohASAC+wIAASECDAALAAsgAUEF+xz7HSADQQL7CwJqags=',
  ),
  'memories of 64 bits and several': wasm(
    '(module (memory $a i64 1) (memory $b 1) (func (export "f") (param i32) (result i32) (loop $l (i32.store $b offset=4 align=1 (i32.const 0) (i32.add (local.get 0) (i32.load $b offset=4 align=1 (i32.const 0)))) (memory.copy $b $b (i32.const 8) (i32.const 4) (i32.const 4)) (i64.store $a offset=8 (i64.const 0) (i64.load32_u $b (i32.const 8))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.load $a (i64.const 8))))',
    'AGFzbQEAAAABBgFgAX8BfwMCAQAFBQIEAQABBwUBAWYAAAo5ATcAA0BBACAAQQAoQAEEajZAAQRBCEEEQQT8CgEBQgBBCDVCAQA3AwggAEEBayIADQALQggoAgAL',
  ),
  'a select of a type': wasm(
    '(module (func (export "f") (param i32) (result i32) (local $n i32) (local $r externref) (loop $l (local.set $n (i32.add (local.get $n) (ref.is_null (select (result externref) (local.get $r) (ref.null extern) (local.get 0))))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get $n)))',
    'AGFzbQEAAAABBgFgAX8BfwMCAQAHBQEBZgAACiUBIwIBfwFvA0AgASAC0HIgABwBb9FqIQEgAEEBayIADQALIAEL',
  ),
}

/** Runs for ever, even where what ends its loop can be caught. */
export const CATCHING = wasm(
  '(module (func $g (loop $l (br $l))) (func (export "f") (loop $m (block $c (try_table (catch_all $c) (call $g))) (br $m))))',
  'AGFzbQEAAAABBAFgAAADAwIAAAcFAQFmAAEKHgIIAANADAALAAsTAANAAkAfQAECABAACwsMAAsACw==',
)

/** Has imports and exports of every kind and a start function that calls what is imported. */
export const CONNECTED = wasm(
  '(module (import "in" "f" (func $i (param i32))) (import "in" "g" (global $g (mut i32))) (import "in" "t" (table $t 4 funcref)) (global $h (export "h") (mut i64) (i64.const 5)) (table (export "u") 2 funcref) (memory (export "m") 1) (data (i32.const 3) "abc") (elem (table $t) (i32.const 1) func $a $b) (func $a (export "a") (result i32) (i32.const 11)) (func $b (param i32) (result i32) (loop $l (global.set $h (i64.add (global.get $h) (i64.const 2))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 12)) (func $s (loop $l (global.set $g (i32.add (global.get $g) (i32.const 1))) (br_if $l (i32.lt_s (global.get $g) (i32.const 10)))) (call $i (global.get $g))) (start $s))',
  'AGFzbQEAAAABEQRgAX8AYAABf2ABfwF/YAAAAhkDAmluAXQBcAAEAmluAWcDfwECaW4BZgAAAwQDAQIDBAQBcAACBQMBAAEGBgF+AUIFCwcRBAFoAwEBdQEBAW0CAAFhAAEIAQMJCAEAQQELAgECDAEBCjYDBABBCwsXAANAIwFCAnwkASAAQQFrIgANAAtBDAsXAANAIwBBAWokACMAQQpIDQALIwAQAAsLCQEAQQMLA2FiYw==',
)
