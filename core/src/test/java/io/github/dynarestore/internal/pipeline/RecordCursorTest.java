package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordCursorTest {

    private static final BackupObject OBJECT =
            new BackupObject(URI.create("s3://bucket/a"), "bucket", "a", 3, "etag", Instant.EPOCH, null);

    /** Reads in {@code open} already, as formats with a header do. */
    private static final BackupFormat FORMAT = new BackupFormat() {
        @Override
        public String id() {
            return "test";
        }

        @Override
        public Recognition recognise(BackupSample sample) {
            return Recognition.CERTAIN;
        }

        @Override
        public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
            throw new IllegalStateException("not a header: " + decompressed.read());
        }
    };

    private boolean isClosed;

    private InputStream stream(@Nullable RuntimeException failure) {
        return new ByteArrayInputStream(new byte[] {'{', '}', '\n'}) {
            @Override
            public synchronized int read() {
                if (failure != null) {
                    throw failure;
                }
                return super.read();
            }

            @Override
            public void close() {
                isClosed = true;
            }
        };
    }

    @Test
    void new_sourceGivesUpWhileTheFormatOpens_throwsThat() {
        RestoreException gaveUp =
                new RestoreException(RestoreErrorCode.SOURCE_UNREADABLE, "S3 does not answer", "try again later");

        assertThatThrownBy(() -> new RecordCursor(OBJECT, FORMAT, stream(gaveUp), 1024, false))
                .isSameAs(gaveUp);
        assertThat(isClosed).isTrue();
    }

    @Test
    void new_formatFails_namesTheFormat() {
        assertThatThrownBy(() -> new RecordCursor(OBJECT, FORMAT, stream(null), 1024, false))
                .isInstanceOf(RecordCursor.FormatFailedException.class)
                .hasMessageContaining("test")
                .hasRootCauseMessage("not a header: 123");
        assertThat(isClosed).isTrue();
    }
}
