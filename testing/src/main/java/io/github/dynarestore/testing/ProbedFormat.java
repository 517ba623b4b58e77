package io.github.dynarestore.testing;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ManifestFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads as another format does, under the same id, but of each object only until a probe has seen enough. */
final class ProbedFormat implements ManifestFormat {

    private final BackupFormat format;
    private final KeyProbe probe;

    ProbedFormat(BackupFormat format, KeyProbe probe) {
        this.format = format;
        this.probe = probe;
    }

    @Override
    public String id() {
        return format.id();
    }

    @Override
    public Recognition recognise(BackupSample sample) {
        return format.recognise(sample);
    }

    @Override
    public boolean isManifest(String fileName) {
        return format instanceof ManifestFormat manifests && manifests.isManifest(fileName);
    }

    @Override
    public @Nullable BackupManifest readManifest(byte[] manifest, Siblings siblings) throws IOException {
        return format instanceof ManifestFormat manifests ? manifests.readManifest(manifest, siblings) : null;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        return new ProbedReader(format.open(decompressed, context), probe);
    }

    /** Ends as soon as the probe has seen enough. */
    private static final class ProbedReader implements RecordReader {

        private final RecordReader reader;
        private final KeyProbe probe;
        private boolean isEnough;

        ProbedReader(RecordReader reader, KeyProbe probe) {
            this.reader = reader;
            this.probe = probe;
        }

        @Override
        public boolean next(BackupRecord record) throws IOException {
            if (isEnough || !reader.next(record)) {
                return false;
            }
            isEnough = !probe.see(record);
            return true;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }
}
