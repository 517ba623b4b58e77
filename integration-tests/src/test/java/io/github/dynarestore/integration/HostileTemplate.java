package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Makes a large file of a small one: <code>&lt;&lt;text*count&gt;&gt;</code> is the text so many times over, and what stands
 * between <code>&lt;&lt;base64&gt;&gt;</code> and <code>&lt;&lt;/base64&gt;&gt;</code> is encoded once it is expanded.
 */
final class HostileTemplate {

    private static final Pattern ENCODED = Pattern.compile("<<base64>>(.*?)<</base64>>", Pattern.DOTALL);
    private static final Pattern REPEATED = Pattern.compile("<<([^*]*)\\*(\\d+)>>");

    private HostileTemplate() {}

    /** Writes what a template stands for, compressed if the file is called so. */
    static void expand(byte[] template, String file, OutputStream out) throws IOException {
        OutputStream packed =
                file.endsWith(".gz") ? new GZIPOutputStream(out, 64 * 1024) : new BufferedOutputStream(out);
        String text = new String(template, ISO_8859_1);
        Matcher encoded = ENCODED.matcher(text);
        int at = 0;
        while (encoded.find()) {
            repeat(text.substring(at, encoded.start()), packed);
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            repeat(encoded.group(1), plain);
            packed.write(Base64.getEncoder().encode(plain.toByteArray()));
            at = encoded.end();
        }
        repeat(text.substring(at), packed);
        packed.close();
    }

    private static void repeat(String text, OutputStream out) throws IOException {
        Matcher repeated = REPEATED.matcher(text);
        int at = 0;
        while (repeated.find()) {
            out.write(text.substring(at, repeated.start()).getBytes(ISO_8859_1));
            byte[] one = repeated.group(1).getBytes(ISO_8859_1);
            int atOnce = Math.max(1, 64 * 1024 / Math.max(1, one.length));
            byte[] many = repeated.group(1).repeat(atOnce).getBytes(ISO_8859_1);
            int left = Integer.parseInt(repeated.group(2));
            for (; left >= atOnce; left -= atOnce) {
                out.write(many);
            }
            out.write(many, 0, left * one.length);
            at = repeated.end();
        }
        out.write(text.substring(at).getBytes(ISO_8859_1));
    }
}
