"""Writes source files that must not crash, hang or overflow the stack of the parser: hostile
nesting and broken text. Each name begins with the exit code that nnc-parse must give."""
import os
import sys

N = 100_000
FILES = {
    "0_empty": "",
    "0_comment_only": "// nothing",
    "0_shebang": "#!/usr/bin/env nnc run\nlet x = 1\n",
    "0_byte_order_mark": "\ufefflet x = 1\n",
    "0_crlf": "let x = 1 +\r\n  2\r\nfn f() {\r\n  x\r\n}\r\n",
    "0_no_newline_at_end": "let x = 1",
    "0_else_ifs": "if a { 1 }" + " else if a { 1 }" * 20_000,
    "0_long_list": "let x = [" + "1, " * N + "]",
    "0_long_name": "a" * 1_000_000,
    "0_newlines": "\n" * 1_000_000,
    "0_statements": "x = f(1) + 2\n" * 20_000,
    "0_holes": 'let x = "' + "a{b}" * 10_000 + '"',
    "0_nested_250_parentheses": "(" * 250 + "1" + ")" * 250,
    "0_nested_250_calls": "f(" * 250 + "1" + ")" * 250,
    "0_nested_250_patterns": "let " + "(" * 250 + "a,b" + ")" * 250 + " = 1",
    "0_400_terms": "let x = " + "+".join(["1"] * 400),
    "1_parentheses": "let x = " + "(" * N + "1" + ")" * N,
    "1_open_parentheses": "let x = " + "(" * N,
    "1_closing_parentheses": "let x = " + ")" * N,
    "1_brackets": "[" * N + "]" * N,
    "1_braces": "{" * N,
    "1_minus": "let x = " + "-" * N + "1",
    "1_not": "let x = " + "!" * N + "a",
    "1_plus": "let x = " + "+".join(["1"] * N),
    "1_power": "let x = " + "^".join(["1"] * N),
    "1_pipes": "x" + " |> f" * N,
    "1_calls": "f" + "()" * N,
    "1_fields": "f" + ".a" * N,
    "1_indices": "f" + "[0]" * N,
    "1_closures": "f" + " { 1 }" * N,
    "1_optional_types": "let x: T" + "?" * N + " = 1",
    "1_references": "fn f(x: " + "& " * N + "T)",
    "1_function_types": "fn f(x: " + "fn() -> " * N + "T)",
    "1_dims": "let x: f32[" + "+".join(["1"] * N) + "] = 1",
    "1_nested_ifs": "if a { " * 250 + "}" * 250,
    "1_text_braces": 'let x = "' + "{" * N,
    "1_text_in_text": "let x = " + '"{' * N,
    "1_unclosed_text": 'let x = "abc\nlet y = "a{b"\n',
    "1_nul": "let x = 1\0\n",
    "1_control": "let x = \x01\n",
    "1_lone_return": "let x = 1\rlet y = 2\n",
    "1_long_number": "let x = " + "1" * N,
    "1_invalid_utf8": b'let x = 1\nlet y = "\xff"\n',
    "1_overlong_utf8": b"let x = \xc0\xaf\n",
    "1_surrogate_utf8": b"let x = \xed\xa0\x80\n",
    "1_cut_utf8": b"// \xe2\x82",
    "1_binary": bytes(range(256)) * 100,
}

for name, text in FILES.items():
    with open(os.path.join(sys.argv[1], name + ".nn"), "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
