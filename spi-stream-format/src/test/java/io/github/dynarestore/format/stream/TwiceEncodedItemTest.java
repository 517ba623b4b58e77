package io.github.dynarestore.format.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records of Kinesis, beside an oracle of Jackson's tokens and java.util.Base64. */
class TwiceEncodedItemTest {

    private static final JsonFactory JSON = new JsonFactory();

    @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
    void next_anyRecords_haveTheItemsThatTheOracleDecodes(@ForAll long seed) throws IOException {
        check(new Random(seed), 0);
    }

    @Property(tries = 6_000, shrinking = ShrinkingMode.OFF)
    void next_anyDamagedRecords_areRefusedForTheSameReasons(@ForAll long seed) throws IOException {
        check(new Random(seed), 60);
    }

    /** Encoded once more than 400 KB, which it is not. */
    @Test
    void next_imageOfAsMuchBinaryAsAnItemMayHave_isTaken() throws IOException {
        byte[] binary = new byte[ItemScanner.MAX_ITEM_BYTES - 1];
        String twice = Base64.getEncoder().encodeToString(Base64.getEncoder().encode(binary));
        String image = "{\"b\":{\"B\":\"" + twice + "\"}}";
        BackupRecord record = new BackupRecord();

        assertThat(reader(record(List.of("\"Keys\":{}", "\"NewImage\":" + image)), false)
                        .next(record))
                .isTrue();
        assertThat(record.newItemSizeBytes()).isEqualTo(ItemScanner.MAX_ITEM_BYTES);
    }

    private static void check(Random random, int flawsPerMille) throws IOException {
        Spelling spelling = new Spelling(random, flawsPerMille);
        List<Images> expected = new ArrayList<>();
        StringBuilder all = new StringBuilder();
        List<String> texts = new ArrayList<>();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            Images images =
                    new Images(spelling.item(), spelling.item(), random.nextInt(4) == 0 ? null : spelling.item());
            List<String> members = new ArrayList<>(List.of(
                    "\"Keys\":" + images.keys,
                    "\"NewImage\":" + images.newImage,
                    "\"SizeBytes\":" + random.nextInt(99)));
            if (images.oldImage != null) {
                members.add("\"OldImage\":" + images.oldImage);
            }
            if (random.nextInt(3) == 0) {
                Collections.shuffle(members, random);
            }
            expected.add(images);
            texts.add(record(members));
            all.append(texts.get(texts.size() - 1)).append('\n');
        }
        for (boolean isReadAgain : new boolean[] {false, true}) {
            RecordReader reader = reader(all.toString(), isReadAgain);
            for (int i = 0; i < expected.size(); i++) {
                expected.get(i).check(reader, isReadAgain, texts.get(i));
            }
            assertThat(reader.next(new BackupRecord())).isFalse();
        }
    }

    private static RecordReader reader(String records, boolean isReadAgain) throws IOException {
        return new KinesisFormat()
                .open(
                        new ByteArrayInputStream(records.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20, isReadAgain));
    }

    private static String record(List<String> members) {
        return "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"x\",\"eventName\":\"MODIFY\",\"tableName\":\"orders\","
                + "\"dynamodb\":{\"ApproximateCreationDateTime\":1651495525900," + String.join(",", members) + "}}";
    }

    /** What a record has, encoded twice. */
    private record Images(
            String keys, String newImage, @Nullable String oldImage) {

        void check(RecordReader reader, boolean isReadAgain, String text) throws IOException {
            BackupRecord record = new BackupRecord();
            String reason = refusal();
            try {
                assertThat(reader.next(record)).isTrue();
            } catch (MalformedRecordException e) {
                if (e.reason().equals("item.set-duplicate") && "item.base64".equals(reason)) {
                    // Of two flaws the one that comes first: two spellings of one member before a value that is none.
                    assertThat(text).contains("\"BS\"");
                } else {
                    assertThat(e.reason()).as(text).isEqualTo(reason);
                }
                assertThat(e.raw()).asString(UTF_8).isEqualTo(text);
                return;
            }
            assertThat(reason).as(text).isNull();
            assertThat(record.raw()).asString(UTF_8).isEqualTo(text);
            assertThat(plain(record.keysBytes(), record.keysOffset(), record.keysLength()))
                    .isEqualTo(decoded(keys));
            assertThat(plain(record.newImageBytes(), record.newImageOffset(), record.newImageLength()))
                    .isEqualTo(decoded(newImage));
            ItemScanner scanner = new ItemScanner();
            assertThat(scan(scanner, decoded(newImage))).isNull();
            assertThat(record.newItemSizeBytes()).isEqualTo(scanner.itemSizeBytes());
            assertThat(record.newDigest()).isEqualTo(scanner.digest());
            assertThat(record.hasOldImage()).isEqualTo(oldImage != null);
            if (oldImage != null) {
                assertThat(plain(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength()))
                        .isEqualTo(decoded(oldImage));
                boolean isItem = scan(scanner, decoded(oldImage)) == null;
                long digest = isItem ? scanner.digest() : 0;
                // Nobody asks for it the second time.
                assertThat(record.oldDigest()).isIn(isReadAgain ? List.of(0L, digest) : List.of(digest));
            }
        }

        /** Why it must be refused; null if it must not. */
        private @Nullable String refusal() throws IOException {
            String encodedOnce = scan(new ItemScanner(), newImage);
            if (encodedOnce != null) {
                return encodedOnce;
            }
            String decoded = decoded(newImage);
            if (decoded(keys) == null || decoded == null || oldImage != null && decoded(oldImage) == null) {
                // An image that was decoded is looked at before the old one is decoded, but the reason is the same.
                return "item.base64";
            }
            return scan(new ItemScanner(), decoded);
        }
    }

    private static @Nullable String scan(ItemScanner scanner, String item) {
        try {
            byte[] bytes = item.getBytes(UTF_8);
            scanner.scan(bytes, 0, bytes.length);
            return null;
        } catch (InvalidItemException e) {
            return e.reason();
        }
    }

    private static String plain(byte[] bytes, int from, int length) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonParser in = JSON.createParser(bytes, from, length);
                JsonGenerator json = JSON.createGenerator(out)) {
            in.nextToken();
            json.copyCurrentStructure(in);
        }
        return out.toString();
    }

    /** An item without the second base64, in plain spelling; null if it was not there. */
    private static @Nullable String decoded(String item) throws IOException {
        StringWriter out = new StringWriter();
        try (JsonParser in = JSON.createParser(item);
                JsonGenerator json = JSON.createGenerator(out)) {
            in.nextToken();
            attributes(in, json);
        } catch (IllegalArgumentException e) {
            return null;
        }
        return out.toString();
    }

    private static void attributes(JsonParser in, JsonGenerator out) throws IOException {
        out.writeStartObject();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            out.writeFieldName(in.currentName());
            in.nextToken();
            value(in, out);
        }
        out.writeEndObject();
    }

    private static void value(JsonParser in, JsonGenerator out) throws IOException {
        out.writeStartObject();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String tag = in.currentName();
            out.writeFieldName(tag);
            in.nextToken();
            switch (tag) {
                case "B" -> out.writeString(once(in.getText()));
                case "M" -> attributes(in, out);
                case "BS", "L" -> {
                    out.writeStartArray();
                    while (in.nextToken() != JsonToken.END_ARRAY) {
                        if (tag.equals("L")) {
                            value(in, out);
                        } else {
                            out.writeString(once(in.getText()));
                        }
                    }
                    out.writeEndArray();
                }
                default -> out.copyCurrentStructure(in);
            }
        }
        out.writeEndObject();
    }

    private static String once(String twice) {
        byte[] once = Base64.getDecoder().decode(twice);
        for (byte b : once) {
            if (b <= ' ' || b == '"' || b == '\\') {
                throw new IllegalArgumentException("no text");
            }
        }
        return new String(once, UTF_8);
    }

    /** Spells items whose binary is encoded twice, with such mistakes as there are. */
    private static final class Spelling {

        private final Random random;
        private final int flawsPerMille;

        Spelling(Random random, int flawsPerMille) {
            this.random = random;
            this.flawsPerMille = flawsPerMille;
        }

        String item() {
            return attributes(0);
        }

        private boolean errs() {
            return random.nextInt(1_000) < flawsPerMille;
        }

        private String blank() {
            return random.nextInt(12) == 0 ? pick(" ", "\t", "\n", "  ") : "";
        }

        private String pick(String... texts) {
            return texts[random.nextInt(texts.length)];
        }

        private String attributes(int depth) {
            StringBuilder text = new StringBuilder("{" + blank());
            for (int i = random.nextInt(5); i > 0; i--) {
                text.append('"')
                        .append(pick("B", "BS", "M", "S", "L", "id", "\u00e9\\n", "a longer name "))
                        .append(i)
                        .append('"')
                        .append(blank())
                        .append(':')
                        .append(blank())
                        .append(value(depth))
                        .append(blank())
                        .append(i > 1 ? "," + blank() : "");
            }
            // A name that looks like a tag.
            return text.append(text.length() > 9 ? ",\"B\":" + value(3) : "") + "}";
        }

        private String value(int depth) {
            String tagged = switch (random.nextInt(depth < 3 ? 10 : 7)) {
                case 0 -> "\"S\":\"" + pick("", "x", "RWdJSWV3PT0=", "\\u0042 \\\"B\\\":\\\"") + '"';
                case 1 -> "\"N\":\"" + (errs() ? "x" : random.nextInt(99)) + '"';
                case 2 -> errs() ? "\"SS\":[]" : "\"BOOL\":true";
                case 3 -> "\"BS\":" + set();
                case 4, 5, 6 -> "\"B\"" + blank() + ":" + blank() + '"' + binary() + '"';
                case 7 -> "\"M\":" + attributes(depth + 1);
                default -> "\"L\":" + list(depth + 1);
            };
            return "{" + blank() + tagged + blank() + "}";
        }

        private String list(int depth) {
            List<String> members = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                members.add(value(depth));
            }
            return "[" + String.join("," + blank(), members) + "]";
        }

        /** Members differ by their first byte, unless there is a mistake. */
        private String set() {
            List<String> members = new ArrayList<>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                members.add('"' + twice(bytes(errs() ? 1 : i)) + '"');
            }
            return "[" + String.join("," + blank(), members) + "]";
        }

        private byte[] bytes(int first) {
            byte[] bytes = new byte[1 + random.nextInt(9)];
            random.nextBytes(bytes);
            bytes[0] = (byte) first;
            return bytes;
        }

        private String binary() {
            byte[] bytes = new byte[random.nextInt(random.nextInt(20) == 0 ? 300 : 12)];
            random.nextBytes(bytes);
            return twice(bytes);
        }

        private String twice(byte[] bytes) {
            String once = loose(Base64.getEncoder().encodeToString(bytes));
            if (errs()) {
                int at = random.nextInt(once.length() + 1);
                once = once.substring(0, at) + pick("*", "-", " ", "\"", "\\", "=", "A", "\u00e9") + once.substring(at);
            }
            String twice = errs() ? once : loose(Base64.getEncoder().encodeToString(once.getBytes(UTF_8)));
            if (errs()) {
                int at = random.nextInt(twice.length() + 1);
                twice = twice.substring(0, at) + pick("*", "=", "A", "\u00e9", "\ud83d\ude00") + twice.substring(at);
            }
            if (errs()) {
                twice = twice.replace("=", "");
            }
            return escaped(twice);
        }

        /** The last letter before two signs of padding has four bits that no decoder looks at. */
        private String loose(String text) {
            int at = text.length() - 3;
            return text.endsWith("==") && random.nextInt(4) == 0
                    ? text.substring(0, at) + (char) (text.charAt(at) + 1) + "=="
                    : text;
        }

        private String escaped(String text) {
            boolean escapes = random.nextInt(5) == 0;
            StringBuilder spelled = new StringBuilder();
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\' || escapes && c < 0xd800 && random.nextInt(8) == 0) {
                    spelled.append(String.format("\\u%04x", (int) c));
                } else {
                    spelled.append(escapes && c == '/' ? "\\/" : String.valueOf(c));
                }
            }
            return spelled.toString();
        }
    }
}
