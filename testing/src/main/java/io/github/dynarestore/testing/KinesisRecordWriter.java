package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

/**
 * Writes changes as Kinesis Data Streams for DynamoDB does: with the table's name and a fine time, without a sequence
 * number, and with binary values encoded twice.
 */
public final class KinesisRecordWriter {

    private static final JsonFactory JSON = new JsonFactory();

    private final String tableName;
    private final TimeUnit precision;

    /**
     * Creates a writer.
     *
     * @param precision MILLISECONDS, as destinations have it unless they are set otherwise, or MICROSECONDS
     */
    public KinesisRecordWriter(String tableName, TimeUnit precision) {
        if (precision != TimeUnit.MILLISECONDS && precision != TimeUnit.MICROSECONDS) {
            throw new IllegalArgumentException("milliseconds or microseconds, not " + precision);
        }
        this.tableName = tableName;
        this.precision = precision;
    }

    /** Returns a change as one JSON object in UTF-8, without a delimiter; its number is left out. */
    public byte[] encode(Record record) {
        StreamRecord change = record.dynamodb();
        ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("awsRegion", "eu-west-1");
            json.writeStringField("eventID", record.eventID());
            json.writeStringField("eventName", record.eventNameAsString());
            json.writeNullField("userIdentity");
            json.writeStringField("recordFormat", "application/json");
            json.writeStringField("tableName", tableName);
            json.writeObjectFieldStart("dynamodb");
            json.writeNumberField("ApproximateCreationDateTime", time(change.approximateCreationDateTime()));
            writeItem(json, "Keys", change.keys());
            if (change.hasNewImage()) {
                writeItem(json, "NewImage", change.newImage());
            }
            if (change.hasOldImage()) {
                writeItem(json, "OldImage", change.oldImage());
            }
            json.writeNumberField("SizeBytes", change.sizeBytes());
            if (precision == TimeUnit.MICROSECONDS) {
                json.writeStringField("ApproximateCreationDateTimePrecision", "MICROSECOND");
            }
            json.writeEndObject();
            json.writeStringField("eventSource", "aws:dynamodb");
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private long time(Instant instant) {
        return precision.convert(instant.getEpochSecond(), TimeUnit.SECONDS)
                + precision.convert(instant.getNano(), TimeUnit.NANOSECONDS);
    }

    private static void writeItem(JsonGenerator json, String name, Map<String, AttributeValue> item)
            throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(new String(ItemImage.of(encoded(item)).toByteArray(), StandardCharsets.UTF_8));
    }

    private static Map<String, AttributeValue> encoded(Map<String, AttributeValue> attributes) {
        Map<String, AttributeValue> encoded = new LinkedHashMap<>();
        attributes.forEach((name, value) -> encoded.put(name, encoded(value)));
        return encoded;
    }

    private static AttributeValue encoded(AttributeValue value) {
        return switch (value.type()) {
            case B -> AttributeValue.fromB(encoded(value.b()));
            case BS ->
                AttributeValue.fromBs(
                        value.bs().stream().map(KinesisRecordWriter::encoded).toList());
            case M -> AttributeValue.fromM(encoded(value.m()));
            case L ->
                AttributeValue.fromL(
                        value.l().stream().map(KinesisRecordWriter::encoded).toList());
            default -> value;
        };
    }

    private static SdkBytes encoded(SdkBytes bytes) {
        return SdkBytes.fromByteArray(Base64.getEncoder().encode(bytes.asByteArray()));
    }
}
