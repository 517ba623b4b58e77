package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.model.BackupObject;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of a begin: {@code u32 count, (name, value)*, tableId, u32 count, object*}; texts are {@code u32 length |
 * UTF-8}.
 */
final class BeginCodec {

    private BeginCodec() {}

    static void write(Begin begin, DataOutput out) throws IOException {
        out.writeInt(begin.planFields().size());
        for (Map.Entry<String, String> field : begin.planFields().entrySet()) {
            writeText(field.getKey(), out);
            writeText(field.getValue(), out);
        }
        writeText(begin.tableId(), out);
        out.writeInt(begin.listing().size());
        for (BackupObject object : begin.listing()) {
            write(object, out);
        }
    }

    private static void write(BackupObject object, DataOutput out) throws IOException {
        writeText(object.uri().toString(), out);
        writeText(object.bucket(), out);
        writeText(object.key(), out);
        out.writeLong(object.sizeBytes());
        writeText(object.etag(), out);
        out.writeLong(object.lastModified().getEpochSecond());
        out.writeInt(object.lastModified().getNano());
        String storageClass = object.storageClass();
        out.writeBoolean(storageClass != null);
        if (storageClass != null) {
            writeText(storageClass, out);
        }
    }

    private static void writeText(String text, DataOutput out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static Begin read(DataInputStream in) throws IOException {
        try {
            SortedMap<String, String> planFields = new TreeMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                planFields.put(readText(in), readText(in));
            }
            String tableId = readText(in);
            List<BackupObject> listing = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                listing.add(readObject(in));
            }
            return new Begin(planFields, tableId, listing);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new InvalidJournalException("it begins with what cannot be read");
        }
    }

    private static BackupObject readObject(DataInputStream in) throws IOException {
        URI uri = URI.create(readText(in));
        String bucket = readText(in);
        String key = readText(in);
        long sizeBytes = in.readLong();
        String etag = readText(in);
        Instant lastModified = Instant.ofEpochSecond(in.readLong(), in.readInt());
        return new BackupObject(
                uri, bucket, key, sizeBytes, etag, lastModified, in.readBoolean() ? readText(in) : null);
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new InvalidJournalException("it begins with what is not whole");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
