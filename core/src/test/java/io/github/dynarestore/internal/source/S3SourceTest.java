package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.internal.source.ScriptedS3.Answer;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

@Timeout(60)
class S3SourceTest {

    private ScriptedS3 server;
    private S3AsyncClient s3;
    private ScheduledExecutorService timer;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedS3();
        timer = Executors.newSingleThreadScheduledExecutor();
        s3 = ObjectFetcherTest.client(server);
    }

    @AfterEach
    void stop() throws IOException {
        s3.close();
        timer.shutdownNow();
        server.close();
    }

    private S3Source source(int maxObjects) {
        return source(s3, maxObjects);
    }

    private S3Source source(S3AsyncClient client, int maxObjects) {
        return new S3Source(
                client,
                "bucket",
                "back up/",
                ObjectFetcherTest.retries(Duration.ofSeconds(20), System::nanoTime),
                timer,
                maxObjects);
    }

    private static String entry(String encodedKey, int size, String storageClass) {
        return "<Contents><Key>" + encodedKey + "</Key><LastModified>2016-10-15T23:50:07.000Z</LastModified>"
                + "<ETag>&quot;e" + size + "&quot;</ETag><Size>" + size + "</Size><StorageClass>" + storageClass
                + "</StorageClass></Contents>";
    }

    private static Answer page(String nextToken, String... entries) {
        byte[] body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                        + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name>"
                        + "<EncodingType>url</EncodingType><IsTruncated>" + !nextToken.isEmpty() + "</IsTruncated>"
                        + (nextToken.isEmpty()
                                ? ""
                                : "<NextContinuationToken>" + nextToken + "</NextContinuationToken>")
                        + String.join("", entries) + "</ListBucketResult>")
                .getBytes(StandardCharsets.UTF_8);
        return ScriptedS3.raw(
                "HTTP/1.1 200 OK\nContent-Type: application/xml\nContent-Length: " + body.length, body, true);
    }

    @Test
    void list_severalPages_readsThemAllPastErrors() {
        server.next(
                page("t1", entry("back+up/a%2Bb%25c", 5, "STANDARD"), entry("back+up/_SUCCESS", 0, "STANDARD")),
                ScriptedS3.error(503, "SlowDown"),
                ScriptedS3.error(500, "InternalError"),
                page("t2", entry("back+up/x/", 0, "STANDARD")),
                page("", entry("back+up/processing-failed/z", 7, "STANDARD_IA")));

        SourceListing listing = source(100).list().join();

        assertThat(listing.objects()).hasSize(1);
        BackupObject object = listing.objects().get(0);
        assertThat(object.key()).isEqualTo("back up/a+b%c");
        assertThat(object.uri().getPath()).isEqualTo("/back up/a+b%c");
        assertThat(object.etag()).isEqualTo("e5");
        assertThat(object.sizeBytes()).isEqualTo(5);
        assertThat(object.storageClass()).isNull();
        assertThat(object.lastModified()).isEqualTo(Instant.parse("2016-10-15T23:50:07Z"));
        assertThat(listing.skipped())
                .extracting(SkippedObject::reason)
                .containsExactly("success-marker", "directory-marker", "processing-failed");
        assertThat(server.requests()).hasSize(5);
        assertThat(server.requests().get(3).target()).contains("continuation-token=t1");
        assertThat(server.requests().get(4).target()).contains("continuation-token=t2");
    }

    /** Else the objects of the pages after it would be left out, and nobody would hear of it. */
    @Test
    void list_pageWithoutABody_isAskedForAgain() {
        Answer nothing = ScriptedS3.raw("HTTP/1.1 200 OK\nContent-Length: 0", new byte[0], true);
        server.next(
                page("t1", entry("back+up/a", 5, "STANDARD")), nothing, page("", entry("back+up/b", 6, "STANDARD")));

        assertThat(source(100).list().join().objects())
                .extracting(BackupObject::key)
                .containsExactly("back up/a", "back up/b");
        assertThat(server.requests().get(2).target()).contains("continuation-token=t1");
    }

    @Test
    void list_cancelled_asksForNoFurtherPage() {
        CompletableFuture<ListObjectsV2Response> first = new CompletableFuture<>();
        List<ListObjectsV2Request> asked = new ArrayList<>();
        S3AsyncClient pages = new DelegatingS3AsyncClient(s3) {
            @Override
            public CompletableFuture<ListObjectsV2Response> listObjectsV2(ListObjectsV2Request request) {
                asked.add(request);
                return first;
            }
        };
        CompletableFuture<SourceListing> listing = source(pages, 100).list();

        listing.cancel(true);
        first.complete(ListObjectsV2Response.builder()
                .isTruncated(true)
                .nextContinuationToken("t1")
                .build());

        assertThat(asked).hasSize(1);
    }

    @Test
    void list_nothing_isEmpty() {
        server.next(page(""));

        assertThat(source(100).list().join().objects()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"s3://bucket, ''", "s3://bucket/, ''", "s3://bucket/a b%c/, a%20b%25c%2F", "s3://bucket//x, %2Fx"})
    void at_s3Location_listsItsPrefix(String location, String encodedPrefix) {
        server.next(page(""));

        assertThat(ObjectSource.at(
                                Backup.at(location).location(),
                                () -> s3,
                                ObjectFetcherTest.retries(Duration.ofSeconds(20), System::nanoTime),
                                timer)
                        .list()
                        .join()
                        .objects())
                .isEmpty();
        assertThat(server.requests().get(0).target()).startsWith("/bucket?").endsWith("prefix=" + encodedPrefix);
    }

    @Test
    void list_sameTokenTwice_fails() {
        server.next(page("t1"), page("t1"));

        assertFails(RestoreErrorCode.SOURCE_UNREADABLE, "there is more");
    }

    @Test
    void list_tooMany_fails() {
        server.next(page("", entry("a", 1, "STANDARD"), entry("b", 1, "STANDARD"), entry("c", 1, "STANDARD")));

        assertThatThrownBy(() -> source(2).list().join()).hasMessageContaining("more than 2 objects");
    }

    @ParameterizedTest
    @CsvSource({
        "404, NoSuchBucket, PLAN_INVALID, bucket",
        "403, AccessDenied, ACCESS_DENIED, s3:ListBucket",
        "301, PermanentRedirect, SOURCE_UNREADABLE, eu-north-1"
    })
    void list_errorsThatStay_fail(int status, String s3Code, RestoreErrorCode code, String text) {
        server.next(ScriptedS3.error(status, s3Code, "x-amz-bucket-region: eu-north-1"));

        assertFails(code, text);
    }

    @Test
    void refuseArchived_archivedData_isCountedAndNamed() {
        server.next(page(
                "",
                entry("back+up/a", 1, "GLACIER"),
                entry("back+up/b", 1, "DEEP_ARCHIVE"),
                entry("back+up/c", 1, "GLACIER_IR"),
                entry("back+up/_SUCCESS", 0, "GLACIER")));
        SourceListing listing = source(100).list().join();

        assertThatThrownBy(listing::refuseArchived)
                .isInstanceOfSatisfying(
                        RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.OBJECT_ARCHIVED))
                .hasMessageContaining("2 of 3")
                .hasMessageContaining("s3://bucket/back%20up/b (DEEP_ARCHIVE)");
    }

    private void assertFails(RestoreErrorCode code, String text) {
        assertThatThrownBy(() -> source(100).list().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(RestoreException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.getMessage() + " " + e.hint()).contains(text);
                });
    }
}
