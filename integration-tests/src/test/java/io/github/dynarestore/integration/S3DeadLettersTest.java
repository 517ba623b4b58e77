package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.S3DeadLetters;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3AsyncClient;

class S3DeadLettersTest {

    @TempDir
    Path directory;

    private final String bucket = TestServers.uniqueBucketName("letters");

    @BeforeEach
    void createBucket() {
        TestServers.s3().createBucket(bucket);
    }

    private static DeadLetter letter(int offset, int bytes) {
        return new DeadLetter("s3://b/o", offset, "json.truncated", "cut off", new byte[bytes]);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private List<String> keys() {
        return TestServers.s3().keys(bucket, "");
    }

    @Test
    void close_letters_areOneObjectUnderThePrefixAndTheFileIsGone() throws IOException {
        DeadLetterSink sink = S3DeadLetters.under(Fixture.S3, "s3://" + bucket + "/logs", directory);
        for (int i = 0; i < 300; i++) {
            sink.accept(letter(i, DeadLetter.MAX_RAW_BYTES));
        }
        assertThat(keys()).as("nothing of it can be seen before it is whole").isEmpty();

        sink.close();

        assertThat(files()).isEmpty();
        assertThat(keys()).singleElement().satisfies(key -> {
            assertThat(key).startsWith("logs/dead-letters-").endsWith(".jsonl");
            assertThat(new String(TestServers.s3().get(bucket, key), StandardCharsets.UTF_8).lines())
                    .hasSize(300);
        });
    }

    @Test
    void close_twoSinksOnePrefix_loseNothing() throws IOException {
        for (int i = 0; i < 2; i++) {
            try (DeadLetterSink sink = S3DeadLetters.under(Fixture.S3, "s3://" + bucket + "/", directory)) {
                sink.accept(letter(i, 10));
            }
        }

        assertThat(keys()).hasSize(2);
    }

    @Test
    void close_noLetters_putsNothing() throws IOException {
        S3DeadLetters.under(Fixture.S3, "s3://" + bucket + "/", directory).close();

        assertThat(keys()).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void close_s3Refuses_keepsTheFileAndSaysWhere() throws IOException {
        FaultRule denied = FaultRule.always(Fault.reply(HttpReply.s3Error(403, "AccessDenied")));
        try (FaultProxy proxy = FaultProxy.to(TestServers.s3().endpoint(), denied);
                S3AsyncClient s3 = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build()) {
            DeadLetterSink sink = S3DeadLetters.under(s3, "s3://" + bucket + "/", directory);
            sink.accept(letter(1, 10));

            assertThatThrownBy(sink::close)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("403 AccessDenied")
                    .hasMessageContaining("kept in " + directory);
        }
        assertThat(files())
                .singleElement()
                .satisfies(file -> assertThat(Files.readAllLines(file)).hasSize(1));
        assertThat(keys()).isEmpty();
    }

    @Test
    void under_noBucket_isRefused() {
        assertThatThrownBy(() -> S3DeadLetters.under(Fixture.S3, "file:///tmp/", directory))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
