package io.github.dynarestore.integration;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A made-up life of a table, told twice: as the lines that a stream's shipper would have delivered, and as the items
 * that were there at any instant. Shares no code with the product.
 */
final class History {

    /** One change; {@code image} is null for a delete. */
    record Change(
            Map<String, AttributeValue> key,
            Map<String, AttributeValue> oldImage,
            Map<String, AttributeValue> image,
            BigInteger sequenceNumber,
            long epochSecond) {}

    static final Instant START = Instant.parse("2024-03-01T00:00:00Z");

    private final TableShape shape;
    private final Random random;
    private final List<Change> changes = new ArrayList<>();

    History(TableShape shape, long seed) {
        this.shape = shape;
        this.random = new Random(seed);
    }

    List<Change> changes() {
        return changes;
    }

    /** Lives on for so many changes over so many keys; times go forward by 0 to 3 seconds. */
    History live(int changeCount, int keyCount) {
        return live(changeCount, 0, keyCount);
    }

    /**
     * Lives on for so many changes over so many keys, from one on; times go forward by 0 to 3 seconds.
     *
     * @param firstKey number of the first key; histories with other numbers have other keys
     */
    History live(int changeCount, int firstKey, int keyCount) {
        List<Map<String, AttributeValue>> keys = new ArrayList<>();
        for (int i = 0; i < keyCount; i++) {
            keys.add(shape.key(firstKey + i, random));
        }
        Map<Integer, Map<String, AttributeValue>> present = new TreeMap<>();
        long second = START.getEpochSecond();
        // Numbers grow in length on the way, which text order would get wrong.
        BigInteger sequence = BigInteger.TEN.pow(20 + random.nextInt(3)).subtract(BigInteger.valueOf(changeCount * 3L));
        for (int i = 0; i < changeCount; i++) {
            second += random.nextInt(4);
            sequence = sequence.add(BigInteger.valueOf(1 + random.nextInt(1000)));
            int k = random.nextInt(keyCount);
            Map<String, AttributeValue> old = present.get(k);
            if (old != null && random.nextInt(4) == 0) {
                present.remove(k);
                changes.add(new Change(keys.get(k), old, null, sequence, second));
            } else {
                Map<String, AttributeValue> image = new LinkedHashMap<>(keys.get(k));
                image.put("version", AttributeValue.fromN(Integer.toString(i)));
                image.putAll(Values.attributes(random));
                present.put(k, image);
                changes.add(new Change(keys.get(k), old, image, sequence, second));
            }
        }
        return this;
    }

    long lastSecond() {
        return changes.get(changes.size() - 1).epochSecond();
    }

    /** The items at an instant, by key. */
    Map<String, Map<String, Object>> itemsAt(Instant cut) {
        return itemsAt(changes, cut);
    }

    static Map<String, Map<String, Object>> itemsAt(List<Change> changes, Instant cut) {
        Map<String, Change> last = new TreeMap<>();
        for (Change change : changes) {
            if (change.epochSecond() <= cut.getEpochSecond()) {
                last.merge(
                        Values.plain(change.key()).toString(),
                        change,
                        (a, b) -> a.sequenceNumber().compareTo(b.sequenceNumber()) > 0 ? a : b);
            }
        }
        Map<String, Map<String, Object>> items = new TreeMap<>();
        last.forEach((key, change) -> {
            if (change.image() != null) {
                items.put(key, Values.plain(change.image()));
            }
        });
        return items;
    }

    static long keysTouchedAt(List<Change> changes, Instant cut) {
        return changes.stream()
                .filter(change -> change.epochSecond() <= cut.getEpochSecond())
                .map(change -> Values.plain(change.key()).toString())
                .distinct()
                .count();
    }

    /**
     * The objects of a backup: every change at least once, some of them again, in any order, split anyhow, gzipped or
     * not, with or without a delimiter.
     */
    List<byte[]> deliver(int objects, double duplicated) {
        return deliver(changes, objects, duplicated, random);
    }

    static List<byte[]> deliver(List<Change> changes, int objects, double duplicated, Random random) {
        List<byte[]> lines = new ArrayList<>();
        for (Change change : changes) {
            lines.add(line(change));
            while (random.nextDouble() < duplicated) {
                lines.add(line(change));
            }
        }
        Collections.shuffle(lines, random);
        List<ByteArrayOutputStream> bodies = new ArrayList<>();
        List<String> delimiters = new ArrayList<>();
        for (int i = 0; i < objects; i++) {
            bodies.add(new ByteArrayOutputStream());
            delimiters.add(List.of("\n", "\r\n", "", "\n\n").get(random.nextInt(4)));
        }
        for (byte[] line : lines) {
            int object = random.nextInt(objects);
            bodies.get(object).writeBytes(line);
            bodies.get(object).writeBytes(delimiters.get(object).getBytes(StandardCharsets.UTF_8));
        }
        List<byte[]> delivered = new ArrayList<>();
        for (ByteArrayOutputStream body : bodies) {
            delivered.add(random.nextInt(3) == 0 ? body.toByteArray() : gzip(body.toByteArray()));
        }
        return delivered;
    }

    static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] line(Change change) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeFieldName("Keys");
            write(json, change.key());
            if (change.image() != null) {
                json.writeFieldName("NewImage");
                write(json, change.image());
            }
            if (change.oldImage() != null) {
                json.writeFieldName("OldImage");
                write(json, change.oldImage());
            }
            json.writeStringField("SequenceNumber", change.sequenceNumber().toString());
            json.writeNumberField("SizeBytes", 100);
            json.writeNumberField("ApproximateCreationDateTime", change.epochSecond());
            json.writeStringField(
                    "eventName", change.image() == null ? "REMOVE" : change.oldImage() == null ? "INSERT" : "MODIFY");
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator json, Map<String, AttributeValue> attributes) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
            json.writeFieldName(attribute.getKey());
            write(json, attribute.getValue());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, AttributeValue value) throws IOException {
        json.writeStartObject();
        switch (value.type()) {
            case S -> json.writeStringField("S", value.s());
            case N -> json.writeStringField("N", value.n());
            case B -> json.writeStringField("B", base64(value.b()));
            case SS -> writeArray(json, "SS", value.ss());
            case NS -> writeArray(json, "NS", value.ns());
            case BS ->
                writeArray(json, "BS", value.bs().stream().map(History::base64).toList());
            case BOOL -> json.writeBooleanField("BOOL", value.bool());
            case NUL -> json.writeBooleanField("NULL", true);
            case M -> {
                json.writeFieldName("M");
                write(json, value.m());
            }
            case L -> {
                json.writeArrayFieldStart("L");
                for (AttributeValue member : value.l()) {
                    write(json, member);
                }
                json.writeEndArray();
            }
            default -> throw new IllegalArgumentException(value.type().toString());
        }
        json.writeEndObject();
    }

    private static void writeArray(JsonGenerator json, String type, List<String> members) throws IOException {
        json.writeArrayFieldStart(type);
        for (String member : members) {
            json.writeString(member);
        }
        json.writeEndArray();
    }

    private static String base64(SdkBytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.asByteArray());
    }
}
