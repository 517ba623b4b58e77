package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Lays items down in S3 as the export tool of the EMR DynamoDB connector did, which Data Pipeline used too: files of JSON
 * lines named by a UUID without an extension, a {@code manifest} that names them, and Hadoop's {@code _SUCCESS}.
 */
public final class EmrExportWriter {

    private static final JsonFactory JSON = new JsonFactory();

    private final EmbeddedS3 s3;
    private final String bucket;
    private final String directory;

    /** How a connector spells the type tags that not all of them spell alike. */
    public enum Spelling {
        /** Until 4.x: the fields of the SDK's version 1, by reflection. */
        SDK_FIELDS("nULLValue"),
        /** From 5.0 on: DynamoDB's tags, the first letter small. */
        SMALL_FIRST_LETTER("nULL");

        private final String nullTag;

        Spelling(String nullTag) {
            this.nullTag = nullTag;
        }
    }

    /**
     * Creates one.
     *
     * @param bucket an existing bucket
     * @param directory what the keys begin with, without a slash at the end
     */
    public EmrExportWriter(EmbeddedS3 s3, String bucket, String directory) {
        this.s3 = s3;
        this.bucket = bucket;
        this.directory = directory;
    }

    /**
     * Writes items.
     *
     * @param itemsPerFile how many a file holds at most, 1 or more; the connector's own number is 100,000
     * @return the keys of the files that hold items
     */
    public List<String> write(List<Map<String, AttributeValue>> items, Spelling spelling, int itemsPerFile) {
        List<String> keys = new ArrayList<>();
        for (int from = 0; from < items.size(); from += itemsPerFile) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            for (Map<String, AttributeValue> item : items.subList(from, Math.min(items.size(), from + itemsPerFile))) {
                file.writeBytes(encode(item, spelling));
                file.write('\n');
            }
            String key = directory + "/" + new UUID(0x4000L, from);
            s3.put(bucket, key, file.toByteArray());
            keys.add(key);
        }
        List<String> entries = keys.stream()
                .map(key -> "{\"url\":\"s3://" + bucket + "/" + key + "\",\"mandatory\":true}")
                .toList();
        String manifest = "{\"name\":\"DynamoDB-export\",\"version\":3,\n\"entries\": [\n" + String.join(",\n", entries)
                + "\n]}\n";
        s3.put(bucket, directory + "/manifest", manifest.getBytes(StandardCharsets.UTF_8));
        s3.put(bucket, directory + "/_SUCCESS", new byte[0]);
        return keys;
    }

    /** Returns an item as one JSON object in UTF-8, without a line end. */
    public static byte[] encode(Map<String, AttributeValue> item, Spelling spelling) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            writeAttributes(json, item, spelling);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /**
     * Returns an item as a line of Hive text in UTF-8, without a line end: attributes parted by 0x02, names from values by
     * 0x03.
     *
     * @throws IllegalArgumentException if a name holds one of these or a line feed, which Hive text cannot spell
     */
    public static byte[] encodeText(Map<String, AttributeValue> item, Spelling spelling) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
        for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
            if (attribute.getKey().matches("(?s).*[\\n\\x02\\x03].*")) {
                throw new IllegalArgumentException("a name that Hive text cannot spell");
            }
            if (out.size() > 0) {
                out.write(2);
            }
            out.writeBytes(attribute.getKey().getBytes(StandardCharsets.UTF_8));
            out.write(3);
            try (JsonGenerator json = JSON.createGenerator(out)) {
                json.configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
                writeValue(json, attribute.getValue(), spelling);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }
        return out.toByteArray();
    }

    private static void writeAttributes(JsonGenerator json, Map<String, AttributeValue> attributes, Spelling spelling)
            throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
            json.writeFieldName(attribute.getKey());
            writeValue(json, attribute.getValue(), spelling);
        }
        json.writeEndObject();
    }

    private static void writeValue(JsonGenerator json, AttributeValue value, Spelling spelling) throws IOException {
        json.writeStartObject();
        switch (value.type()) {
            case S -> json.writeStringField("s", value.s());
            case N -> json.writeStringField("n", value.n());
            case B -> json.writeBinaryField("b", value.b().asByteArrayUnsafe());
            case SS -> writeStrings(json, "sS", value.ss());
            case NS -> writeStrings(json, "nS", value.ns());
            case BS -> {
                json.writeArrayFieldStart("bS");
                for (SdkBytes member : value.bs()) {
                    json.writeBinary(member.asByteArrayUnsafe());
                }
                json.writeEndArray();
            }
            case M -> {
                json.writeFieldName("m");
                writeAttributes(json, value.m(), spelling);
            }
            case L -> {
                json.writeArrayFieldStart("l");
                for (AttributeValue member : value.l()) {
                    writeValue(json, member, spelling);
                }
                json.writeEndArray();
            }
            case BOOL -> json.writeBooleanField("bOOL", value.bool());
            case NUL -> json.writeBooleanField(spelling.nullTag, value.nul());
            case UNKNOWN_TO_SDK_VERSION -> throw new IllegalArgumentException("an attribute value without a type");
        }
        json.writeEndObject();
    }

    private static void writeStrings(JsonGenerator json, String tag, Collection<String> members) throws IOException {
        json.writeArrayFieldStart(tag);
        for (String member : members) {
            json.writeString(member);
        }
        json.writeEndArray();
    }
}
