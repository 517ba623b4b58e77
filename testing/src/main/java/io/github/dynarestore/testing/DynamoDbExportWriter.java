package io.github.dynarestore.testing;

import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Lays exports down in S3 as DynamoDB's own export does, in DynamoDB JSON or in Ion: gzipped data files, {@code manifest-files.json},
 * {@code manifest-summary.json}, their {@code .md5} and {@code _started}.
 */
public final class DynamoDbExportWriter {

    private final EmbeddedS3 s3;
    private final String bucket;
    private final String prefix;
    private final Format format;
    private int files;
    private int exports;

    /** How items are written. */
    public enum Format {
        /** DynamoDB JSON. */
        DYNAMODB_JSON("json"),
        /** Amazon Ion, as text. */
        ION("ion");

        private final String ending;

        Format(String ending) {
            this.ending = ending;
        }
    }

    /**
     * One change of an incremental export.
     *
     * @param oldImage null if there was no item when the window began
     * @param newImage null if there is none at its end
     */
    public record Change(
            Instant writtenAt,
            Map<String, AttributeValue> keys,
            @Nullable Map<String, AttributeValue> oldImage,
            @Nullable Map<String, AttributeValue> newImage) {

        private Change withoutOldImage() {
            return new Change(writtenAt, keys, null, newImage);
        }
    }

    /**
     * Creates one.
     *
     * @param bucket an existing bucket
     * @param prefix what the keys begin with, ending in a slash; may be empty
     */
    public DynamoDbExportWriter(EmbeddedS3 s3, String bucket, String prefix) {
        this(s3, bucket, prefix, Format.DYNAMODB_JSON);
    }

    /**
     * Creates one that writes another format.
     *
     * @param bucket an existing bucket
     * @param prefix what the keys begin with, ending in a slash; may be empty
     */
    public DynamoDbExportWriter(EmbeddedS3 s3, String bucket, String prefix, Format format) {
        this.format = format;
        this.s3 = s3;
        this.bucket = bucket;
        this.prefix = prefix + "AWSDynamoDB/";
    }

    /** Where all exports of this writer lie. */
    public String location() {
        return "s3://" + bucket + "/" + prefix;
    }

    /**
     * Writes a full export.
     *
     * @return the directory of the export, as a key that ends in a slash
     */
    public String full(Collection<Map<String, AttributeValue>> items, Instant exportTime, int itemsPerFile) {
        List<String> lines = items.stream().map(this::line).toList();
        String directory = directory(exportTime);
        return export(
                directory,
                directory + "data/",
                lines,
                itemsPerFile,
                "\"version\":\"2020-06-30\",\"exportTime\":\"" + exportTime + "\"");
    }

    /** Which images of a change an incremental export has. */
    public enum View {
        /** What is there when the window ends. */
        NEW_IMAGE,
        /** That, and what was there when it began. */
        NEW_AND_OLD_IMAGES
    }

    /**
     * Writes an incremental export with new and old images.
     *
     * @return the directory of the export, as a key that ends in a slash
     */
    public String incremental(Collection<Change> changes, Instant from, Instant to, int itemsPerFile) {
        return incremental(changes, from, to, itemsPerFile, View.NEW_AND_OLD_IMAGES);
    }

    /**
     * Writes an incremental export.
     *
     * @return the directory of the export, as a key that ends in a slash
     */
    public String incremental(Collection<Change> changes, Instant from, Instant to, int itemsPerFile, View view) {
        List<String> lines = changes.stream()
                .map(change -> view == View.NEW_AND_OLD_IMAGES ? change : change.withoutOldImage())
                .map(this::line)
                .toList();
        return export(
                directory(to),
                prefix + "data/",
                lines,
                itemsPerFile,
                "\"version\":\"2023-08-01\",\"exportFromTime\":\"" + from + "\",\"exportToTime\":\"" + to
                        + "\",\"outputView\":\"" + view + "\",\"exportType\":\"INCREMENTAL_EXPORT\"");
    }

    private String line(Map<String, AttributeValue> item) {
        return line(item, format);
    }

    /** Returns an item as a line of a full export, without a line end. */
    public static String line(Map<String, AttributeValue> item, Format format) {
        return format == Format.ION ? "$ion_1_0 {Item:" + IonText.of(item) + "}" : "{\"Item\":" + json(item) + "}";
    }

    private String line(Change change) {
        return line(change, format);
    }

    /** Returns a change as a line of an incremental export, without a line end. */
    public static String line(Change change, Format format) {
        return format == Format.ION ? ionLine(change) : jsonLine(change);
    }

    private static String ionLine(Change change) {
        StringBuilder line = new StringBuilder(
                "$ion_1_0 {Metadata:{WriteTimestampMicros:" + micros(change) + ".},Keys:" + IonText.of(change.keys()));
        if (change.oldImage() != null) {
            line.append(",OldImage:").append(IonText.of(change.oldImage()));
        }
        if (change.newImage() != null) {
            line.append(",NewImage:").append(IonText.of(change.newImage()));
        }
        return line.append('}').toString();
    }

    private static long micros(Change change) {
        return change.writtenAt().getEpochSecond() * 1_000_000
                + change.writtenAt().getNano() / 1_000;
    }

    private static String jsonLine(Change change) {
        StringBuilder line = new StringBuilder("{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"" + micros(change)
                + "\"}},\"Keys\":" + json(change.keys()));
        if (change.oldImage() != null) {
            line.append(",\"OldImage\":").append(json(change.oldImage()));
        }
        if (change.newImage() != null) {
            line.append(",\"NewImage\":").append(json(change.newImage()));
        }
        return line.append('}').toString();
    }

    private static String json(Map<String, AttributeValue> attributes) {
        return new String(ItemImage.of(attributes).toByteArray(), StandardCharsets.UTF_8);
    }

    private String directory(Instant time) {
        return prefix + String.format(Locale.ROOT, "%014d-%08x/", time.toEpochMilli(), ++exports);
    }

    private String export(String directory, String data, List<String> lines, int perFile, String said) {
        List<String> named = new ArrayList<>();
        // DynamoDB writes a file for each of a table's partitions, be there an item in it or not.
        for (int from = 0; from == 0 || from < lines.size(); from += perFile) {
            List<String> some = lines.subList(from, Math.min(lines.size(), from + perFile));
            byte[] body = gzip(some.isEmpty() ? "" : String.join("\n", some) + "\n");
            String key = data + String.format(Locale.ROOT, "%026d.%s.gz", ++files, format.ending);
            s3.put(bucket, key, body);
            named.add("{\"itemCount\":" + some.size() + ",\"md5Checksum\":\"" + md5(body) + "\",\"etag\":\""
                    + "0".repeat(32) + "-1\",\"dataFileS3Key\":\"" + key + "\"}\n");
        }
        put(directory, "manifest-files", String.join("", named));
        put(
                directory,
                "manifest-summary",
                "{" + said + ",\"s3Bucket\":\"" + bucket + "\",\"s3Prefix\":null,\"manifestFilesS3Key\":\"" + directory
                        + "manifest-files.json\",\"billedSizeBytes\":0,\"itemCount\":" + lines.size()
                        + ",\"outputFormat\":\"" + format + "\"}");
        s3.put(bucket, directory + "_started", new byte[0]);
        return directory;
    }

    private void put(String directory, String name, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        s3.put(bucket, directory + name + ".json", bytes);
        s3.put(bucket, directory + name + ".md5", md5(bytes).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] gzip(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static String md5(byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
