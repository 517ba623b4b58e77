package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Identity;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

/**
 * Lays the records of a DynamoDB stream down in S3 as Lambda and Firehose did: gzip objects of JSON records under
 * {@code <prefix>/<table>/YYYY/MM/DD/HH/<stream>-1-YYYY-MM-DD-HH-MM-SS-<uuid>.gz}, and with the disorder that such
 * backups are known for, if asked.
 */
public final class FirehoseBackupWriter {

    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter FOLDER =
            DateTimeFormatter.ofPattern("yyyy/MM/dd/HH/", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Firehose's longest stream name; the backup tool cut table names to it. */
    private static final int MAX_STREAM_NAME_LENGTH = 64;

    private final EmbeddedS3 s3;
    private final String bucket;
    private final String prefix;
    private final String tableName;
    private final int recordsPerObject;
    private final double duplicateShare;
    private final boolean shuffled;
    private final long seed;
    private final Delimiter delimiter;

    private FirehoseBackupWriter(Builder builder) {
        this.s3 = builder.s3;
        this.bucket = builder.bucket;
        this.prefix = builder.prefix;
        this.tableName = builder.tableName;
        this.recordsPerObject = builder.recordsPerObject;
        this.duplicateShare = builder.duplicateShare;
        this.shuffled = builder.shuffled;
        this.seed = builder.seed;
        this.delimiter = builder.delimiter;
    }

    /** What stands after each record. */
    public enum Delimiter {
        /** A line feed. */
        NEWLINE("\n"),
        /** Nothing. */
        NONE("");

        private final String text;

        Delimiter(String text) {
            this.text = text;
        }
    }

    /**
     * Begins a writer.
     *
     * @param bucket an existing bucket
     * @param tableName table that the records are of
     */
    public static Builder builder(EmbeddedS3 s3, String bucket, String tableName) {
        return new Builder(s3, bucket, tableName);
    }

    /** Where the objects of the table begin, such as {@code dynamodb/backup/Orders/}. */
    public String tablePrefix() {
        String table = streamName();
        return prefix.isEmpty() ? table + "/" : prefix + "/" + table + "/";
    }

    /**
     * Writes records.
     *
     * @return the keys of the objects, in the order in which they were written
     */
    public List<String> write(List<Record> records) {
        Random random = new Random(seed);
        List<Record> delivered = new ArrayList<>(records);
        for (Record record : records) {
            if (random.nextDouble() < duplicateShare) {
                delivered.add(random.nextInt(delivered.size() + 1), record);
            }
        }
        if (shuffled) {
            Collections.shuffle(delivered, random);
        }
        List<String> keys = new ArrayList<>();
        for (int from = 0; from < delivered.size(); from += recordsPerObject) {
            List<Record> ofObject = delivered.subList(from, Math.min(delivered.size(), from + recordsPerObject));
            String key = objectKey(ofObject, new UUID(random.nextLong(), random.nextLong()));
            s3.put(bucket, key, gzip(ofObject));
            keys.add(key);
        }
        return keys;
    }

    /** Returns a record as one JSON object in UTF-8, without a delimiter. */
    public static byte[] encode(Record record) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            StreamRecord change = record.dynamodb();
            json.writeStartObject();
            writeItem(json, "Keys", change.keys());
            if (change.hasNewImage()) {
                writeItem(json, "NewImage", change.newImage());
            }
            if (change.hasOldImage()) {
                writeItem(json, "OldImage", change.oldImage());
            }
            json.writeStringField("SequenceNumber", change.sequenceNumber());
            json.writeNumberField("SizeBytes", change.sizeBytes());
            if (change.approximateCreationDateTime() != null) {
                json.writeNumberField(
                        "ApproximateCreationDateTime",
                        change.approximateCreationDateTime().getEpochSecond());
            }
            json.writeStringField("eventName", record.eventNameAsString());
            Identity identity = record.userIdentity();
            if (identity != null) {
                json.writeObjectFieldStart("userIdentity");
                json.writeStringField("principalId", identity.principalId());
                json.writeStringField("type", identity.type());
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private static void writeItem(JsonGenerator json, String name, Map<String, AttributeValue> item)
            throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(new String(ItemImage.of(item).toByteArray(), StandardCharsets.UTF_8));
    }

    private byte[] gzip(List<Record> records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            for (Record record : records) {
                gzip.write(encode(record));
                gzip.write(delimiter.text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /** Firehose names an object by the time of delivery, which comes after its youngest record. */
    private String objectKey(List<Record> records, UUID id) {
        Instant delivery = records.stream()
                .map(record -> record.dynamodb().approximateCreationDateTime())
                .filter(time -> time != null)
                .max(Instant::compareTo)
                .orElse(Instant.EPOCH);
        return tablePrefix() + FOLDER.format(delivery) + streamName() + "-1-" + STAMP.format(delivery) + "-" + id
                + ".gz";
    }

    private String streamName() {
        return tableName.substring(0, Math.min(MAX_STREAM_NAME_LENGTH, tableName.length()));
    }

    /** Builds a writer. Unless said otherwise: records in order, each once, 1,000 to an object, each on its line. */
    public static final class Builder {

        private final EmbeddedS3 s3;
        private final String bucket;
        private final String tableName;
        private String prefix = "dynamodb/backup";
        private int recordsPerObject = 1_000;
        private double duplicateShare;
        private boolean shuffled;
        private long seed;
        private Delimiter delimiter = Delimiter.NEWLINE;

        private Builder(EmbeddedS3 s3, String bucket, String tableName) {
            if (tableName.isEmpty()) {
                throw new IllegalArgumentException("a table name must not be empty");
            }
            this.s3 = s3;
            this.bucket = bucket;
            this.tableName = tableName;
        }

        /** Sets what keys begin with, without a slash at the end; may be empty. */
        public Builder prefix(String keysBeginWith) {
            if (keysBeginWith.endsWith("/")) {
                throw new IllegalArgumentException("the prefix must not end with a slash: " + keysBeginWith);
            }
            prefix = keysBeginWith;
            return this;
        }

        /** Sets how many records an object holds at most, 1 or more. */
        public Builder recordsPerObject(int records) {
            if (records < 1) {
                throw new IllegalArgumentException("an object holds at least 1 record, not " + records);
            }
            recordsPerObject = records;
            return this;
        }

        /** Sets the share of the records that are delivered twice, 0 to 1; the second one comes anywhere. */
        public Builder duplicates(double share) {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("a share must be 0 to 1, not " + share);
            }
            duplicateShare = share;
            return this;
        }

        /** Has the records delivered in an order that means nothing, over all objects. */
        public Builder shuffled() {
            shuffled = true;
            return this;
        }

        /** Sets what duplicates, disorder and names are drawn from; the same one gives the same backup. */
        public Builder seed(long drawnFrom) {
            seed = drawnFrom;
            return this;
        }

        /** Sets what stands after each record. */
        public Builder delimiter(Delimiter afterRecord) {
            delimiter = afterRecord;
            return this;
        }

        /** Builds the writer. */
        public FirehoseBackupWriter build() {
            return new FirehoseBackupWriter(this);
        }
    }
}
