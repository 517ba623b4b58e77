package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Spells JSON in any of the ways the grammar allows, and damages it. */
public final class JsonSpeller {

    private static final String[] CHARACTERS = {
        "a",
        "b",
        "Z",
        "0",
        "9",
        " ",
        "\"",
        "\\",
        "/",
        "\b",
        "\f",
        "\n",
        "\r",
        "\t",
        "\u0000",
        "\u001f",
        "\u007f",
        "\u0080",
        "\u00e9",
        "\u07ff",
        "\u0800",
        "\u2028",
        "\u4e2d",
        "\ud7ff",
        "\ue000",
        "\ufeff",
        "\uffff",
        "\ud83d\ude00",
        "\ud800\udc00",
        "\udbff\udfff",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "'",
        "N",
        "S"
    };

    private static final String[] SHORT_ESCAPES = {"\"\"", "\\\\", "//", "\bb", "\ff", "\nn", "\rr", "\tt"};

    /** Bytes, one a character, that are worth having in a wrong place. */
    private static final String[] FRAGMENTS = {
        "\\ud800",
        "\\udc00",
        "\\ud83d\\ude00",
        "\\ud83dx",
        "\\ud83d\\n",
        "\\ud83d\\u0061",
        "\\udbff\\uDFFF",
        "\\ud83d\\",
        "\\ud83d\\u",
        "\\u12g4",
        "\\u",
        "\\u00",
        "\\u0000",
        "\\U0041",
        "\\x41",
        "\\'",
        "\\\\",
        "\\\"",
        "\\/",
        "\\\n",
        "\u00ed\u00a0\u0080",
        "\u00ed\u00b0\u0080",
        "\u00ed\u009f\u00bf",
        "\u00ed\u00a0\u00bd\u00ed\u00b8\u0080",
        "\u00c0\u00af",
        "\u00c1\u00bf",
        "\u00e0\u0080\u00af",
        "\u00e0\u009f\u00bf",
        "\u00f0\u0080\u0080\u00af",
        "\u00f0\u008f\u00bf\u00bf",
        "\u00f4\u0090\u0080\u0080",
        "\u00f5\u0080\u0080\u0080",
        "\u00ff",
        "\u00fe",
        "\u0080",
        "\u00c3",
        "\u00e4\u00b8",
        "\u00f0\u009f\u0098",
        "\u00ef\u00bb\u00bf",
        "\u00c2\u0085",
        "\u00c2\u00a0",
        "\u00e2\u0080\u00a8",
        "\u0000",
        "\u0001",
        "\b",
        "\t",
        "\n",
        "\u000b",
        "\f",
        "\r",
        "\u001e",
        "\u001f",
        "\u007f",
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "{}",
        "[]",
        "\"\"",
        "\"a\":1",
        "0",
        "1",
        "-",
        "+",
        ".",
        "e",
        "E",
        "e+",
        "-0",
        "01",
        "1.",
        ".5",
        "1e",
        "1e5",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "false",
        "tru",
        "nul",
        "True",
        "//",
        "/**/",
        "#",
        "'",
        "''",
        ";",
        "_"
    };

    private static final HexFormat HEX = HexFormat.of();

    private final Random random;
    private final StringBuilder out = new StringBuilder();

    /** Creates one that takes its turns from there. */
    public JsonSpeller(Random random) {
        this.random = random;
    }

    /** Any value, as UTF-8. */
    public byte[] document() {
        out.setLength(0);
        space();
        value(0);
        space();
        return take();
    }

    /** What was written since the last call, as UTF-8. */
    public byte[] take() {
        byte[] json = out.toString().getBytes(UTF_8);
        out.setLength(0);
        return json;
    }

    private void value(int depth) {
        switch (random.nextInt(depth < 4 ? 12 : 8)) {
            case 0 -> raw("true");
            case 1 -> raw("false");
            case 2 -> raw("null");
            case 3, 4 -> raw(number());
            case 8, 9 -> {
                raw("[");
                for (int i = random.nextInt(4); i > 0; i--) {
                    value(depth + 1);
                    raw(i > 1 ? "," : "");
                }
                raw("]");
            }
            case 10, 11 -> {
                raw("{");
                String first = text(3);
                for (int i = random.nextInt(4); i > 0; i--) {
                    string(random.nextInt(8) == 0 ? first : text(3) + i);
                    raw(":");
                    value(depth + 1);
                    raw(i > 1 ? "," : "");
                }
                raw("}");
            }
            default -> string(text(8));
        }
    }

    /** A number of JSON. */
    public String number() {
        StringBuilder number = new StringBuilder(random.nextBoolean() ? "-" : "");
        number.append(random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(2_000));
        if (random.nextInt(3) == 0) {
            number.append('.').append(random.nextInt(2_000));
        }
        if (random.nextInt(3) == 0) {
            number.append(pick("e", "E")).append(pick("", "+", "-")).append(random.nextInt(400));
        }
        return number.toString();
    }

    /** Any text of Unicode. */
    public String text(int longest) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(longest + 1); i > 0; i--) {
            text.append(pick(CHARACTERS));
        }
        return text.toString();
    }

    /** Writes a text as a string, and perhaps white space around it. */
    public void string(String text) {
        space();
        out.append('"');
        text.codePoints().forEach(this::character);
        out.append('"');
        space();
    }

    private void character(int point) {
        int way = random.nextInt(6);
        if (way == 0) {
            for (char unit : Character.toChars(point)) {
                out.append("\\u").append((random.nextBoolean() ? HEX : HEX.withUpperCase()).toHexDigits(unit));
            }
            return;
        }
        boolean isEscapeDue = point < 0x20 || point == '"' || point == '\\';
        for (String escape : SHORT_ESCAPES) {
            if (escape.charAt(0) == point && (isEscapeDue || way == 1)) {
                out.append('\\').append(escape.charAt(1));
                return;
            }
        }
        if (isEscapeDue) {
            out.append("\\u").append(HEX.toHexDigits((char) point));
        } else {
            out.appendCodePoint(point);
        }
    }

    /** Writes a token, and perhaps white space around it. */
    public void raw(String token) {
        space();
        out.append(token);
        space();
    }

    private void space() {
        if (random.nextInt(16) == 0) {
            out.append(pick(" ", "\n", "\r\n", "\t", "  "));
        }
    }

    String pick(String... of) {
        return of[random.nextInt(of.length)];
    }

    /** Deletes, inserts, replaces, doubles or cuts off bytes, a few times. */
    public byte[] damage(byte[] json) {
        byte[] damaged = json;
        for (int i = random.nextInt(3); i >= 0; i--) {
            damaged = damageOnce(damaged);
        }
        return damaged;
    }

    private byte[] damageOnce(byte[] json) {
        int at = random.nextInt(json.length + 1);
        int gone = Math.min(json.length - at, 1 + random.nextInt(4) / 3);
        return switch (random.nextInt(7)) {
            case 0 -> splice(json, at, gone, new byte[0]);
            case 1 -> splice(json, at, 0, fragment());
            case 2 -> splice(json, at, gone, fragment());
            case 3 -> splice(json, at, gone, new byte[] {(byte) random.nextInt(256)});
            case 4 -> splice(json, at, 0, new byte[] {(byte) random.nextInt(128)});
            case 5 -> {
                int from = random.nextInt(at + 1);
                yield splice(json, at, 0, Arrays.copyOfRange(json, from, Math.min(at, from + 12)));
            }
            default -> random.nextInt(3) == 0 ? splice(json, at, json.length - at, new byte[0]) : json;
        };
    }

    private byte[] fragment() {
        return pick(FRAGMENTS).getBytes(ISO_8859_1);
    }

    private static byte[] splice(byte[] json, int at, int gone, byte[] instead) {
        ByteArrayOutputStream spliced = new ByteArrayOutputStream();
        spliced.write(json, 0, at);
        spliced.write(instead, 0, instead.length);
        spliced.write(json, at + gone, json.length - at - gone);
        return spliced.toByteArray();
    }

    /** Puts bytes between others that would continue them in an evil way, if somebody read there. */
    byte[] between(byte[] json, int before) {
        byte[] padded = new byte[before + json.length + 16];
        random.nextBytes(padded);
        byte[] behind = pick(
                        "0123456789012345",
                        "\"}]\"}]\"}]\"}]\"}]\"",
                        "\\u0041\\u0041\\u00",
                        "}}}}}}}}}}}}}}}}",
                        ",\"a\":1,\"a\":1,\"a\"")
                .getBytes(ISO_8859_1);
        System.arraycopy(json, 0, padded, before, json.length);
        System.arraycopy(behind, 0, padded, before + json.length, Math.min(16, behind.length));
        return padded;
    }
}
