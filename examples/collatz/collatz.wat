;; The longest Collatz path among the numbers from $first to $last (without it): the number whose n -> n / 2 or 3 n + 1 takes most steps to 1.
;; collatz.wasm is made of this with `npx --package wabt@1.0.39 wat2wasm collatz.wat`.
(module
  (func (export "longest") (param $first i64) (param $last i64) (result i64)
    (local $n i64) (local $steps i64) (local $most i64) (local $found i64)
    (loop $numbers
      (local.set $n (local.get $first))
      (local.set $steps (i64.const 0))
      (loop $path
        (if (i64.gt_u (local.get $n) (i64.const 1))
          (then
            (local.set $n
              (if (result i64) (i64.eqz (i64.and (local.get $n) (i64.const 1)))
                (then (i64.shr_u (local.get $n) (i64.const 1)))
                (else (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))))
            (local.set $steps (i64.add (local.get $steps) (i64.const 1)))
            (br $path))))
      (if (i64.gt_u (local.get $steps) (local.get $most))
        (then
          (local.set $most (local.get $steps))
          (local.set $found (local.get $first))))
      (local.set $first (i64.add (local.get $first) (i64.const 1)))
      (br_if $numbers (i64.lt_u (local.get $first) (local.get $last))))
    ;; Both in one: the number above, its steps in the lower 16 bits.
    (i64.or (i64.shl (local.get $found) (i64.const 16)) (local.get $most))))
