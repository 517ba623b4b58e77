package io.github.dynarestore.format.export;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ManifestFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Exports to S3 by DynamoDB itself, in DynamoDB JSON and in Amazon Ion (developer guide, "DynamoDB table export output format"): full ones,
 * <code>{"Item":{…}}</code>, and incremental ones, <code>{"Metadata":{…},"Keys":{…},"OldImage":{…},"NewImage":{…}}</code>.
 * Their {@code manifest-summary.json} says of which time they are and where their objects lie. Objects of items without a
 * manifest, such as ImportTable reads, are a snapshot of which no time is known.
 */
public final class DynamoDbExportFormat implements ManifestFormat {

    private static final int RECORDS_LOOKED_AT = 50;
    private static final int ION_BEGINNING_BYTES = 256;

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public DynamoDbExportFormat() {}

    @Override
    public String id() {
        return "dynamodb-export";
    }

    /** Certain once a record could be read: no other format wraps items so. */
    @Override
    public Recognition recognise(BackupSample sample) {
        RecordReader reader;
        try {
            reader = open(
                    new ByteArrayInputStream(sample.bytes()),
                    new ReaderContext("", "", Instant.EPOCH, sample.bytes().length + 1));
        } catch (IOException e) {
            return Recognition.NO;
        }
        BackupRecord record = new BackupRecord();
        for (int i = 0; i < RECORDS_LOOKED_AT; i++) {
            try {
                record.clear();
                return reader.next(record) ? Recognition.CERTAIN : Recognition.NO;
            } catch (MalformedRecordException e) {
                // One damaged record does not say what the others are.
            } catch (IOException e) {
                return Recognition.NO;
            }
        }
        return Recognition.NO;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        PushbackInputStream in = new PushbackInputStream(decompressed, ION_BEGINNING_BYTES);
        byte[] first = in.readNBytes(ION_BEGINNING_BYTES);
        in.unread(first);
        String beginning = new String(first, StandardCharsets.UTF_8);
        // A byte order mark and empty lines may stand before it.
        return (beginning.startsWith("\ufeff") ? beginning.substring(1) : beginning)
                        .stripLeading()
                        .startsWith(IonExportReader.MARKER)
                ? new IonExportReader(in, context.maxRecordBytes())
                : new ExportReader(in, context);
    }

    @Override
    public boolean isManifest(String fileName) {
        return fileName.equals(ExportManifest.SUMMARY);
    }

    /** DynamoDB writes {@code _started} first and the manifests last. */
    @Override
    public List<String> directoriesOfBegun(String fileName) {
        return fileName.equals("_started") ? List.of("data/", ExportManifest.SHARED_DATA) : List.of();
    }

    @Override
    public BackupManifest readManifest(byte[] manifest, Siblings siblings) throws IOException {
        return ExportManifest.read(manifest, siblings);
    }
}
