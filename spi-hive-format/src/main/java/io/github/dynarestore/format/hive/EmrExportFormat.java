package io.github.dynarestore.format.hive;

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
import org.jspecify.annotations.Nullable;

/**
 * Whole items as JSON objects, one behind another, as the export tool of the EMR DynamoDB connector and the template
 * "Export DynamoDB table to S3" of Data Pipeline wrote them: {@code {"id":{"s":"a"},"tags":{"sS":["x"]}}}. The type tags
 * are read in any case, and NULL also as {@code nULLValue}. Each item is a put from a snapshot, without a time.
 *
 * <p>An export's {@code manifest} is obeyed, since tasks that failed leave files of their own; without one, every object at
 * the location counts.
 */
public final class EmrExportFormat implements ManifestFormat {

    private static final int RECORDS_LOOKED_AT = 50;

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public EmrExportFormat() {}

    @Override
    public String id() {
        return "emr-export";
    }

    /**
     * Certain once an item with a tag in the export's spelling could be read. Possible if there are only items in
     * DynamoDB's own spelling, which are no connector's, or if the items that show the export's spelling are damaged.
     */
    @Override
    public Recognition recognise(BackupSample sample) {
        EmrExportReader reader =
                new EmrExportReader(new ByteArrayInputStream(sample.bytes()), sample.bytes().length + 1);
        BackupRecord record = new BackupRecord();
        Recognition soFar = Recognition.NO;
        for (int i = 0; i < RECORDS_LOOKED_AT; i++) {
            try {
                record.clear();
                if (!reader.next(record)) {
                    return soFar;
                }
                return reader.isSpelledByExport() ? Recognition.CERTAIN : Recognition.POSSIBLE;
            } catch (MalformedRecordException e) {
                soFar = reader.isSpelledByExport() ? Recognition.POSSIBLE : soFar;
            } catch (IOException e) {
                return soFar;
            }
        }
        return soFar;
    }

    @Override
    public boolean isManifest(String fileName) {
        return fileName.equals("manifest");
    }

    @Override
    public @Nullable BackupManifest readManifest(byte[] manifest, Siblings siblings) throws IOException {
        return EmrManifest.read(manifest);
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new EmrExportReader(decompressed, context.maxRecordBytes());
    }
}
