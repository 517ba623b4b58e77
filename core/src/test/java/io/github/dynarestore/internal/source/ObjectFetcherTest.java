package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.internal.source.ScriptedS3.Answer;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

@Timeout(60)
class ObjectFetcherTest {

    private static final int MAX_CONNECTIONS = 8;
    private static final int RANGE = 1000;

    private final LongAdder bytesRead = new LongAdder();
    private final ByteBudget budget = new ByteBudget(100 * RANGE);
    private ScriptedS3 server;
    private S3AsyncClient s3;
    private ScheduledExecutorService timer;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedS3();
        timer = Executors.newSingleThreadScheduledExecutor();
        s3 = client(server);
    }

    @AfterEach
    void stop() throws IOException {
        s3.close();
        timer.shutdownNow();
        server.close();
    }

    /** Shared, because closing it takes two seconds. */
    private static final SdkAsyncHttpClient HTTP =
            NettyNioAsyncHttpClient.builder().maxConcurrency(MAX_CONNECTIONS).build();

    static S3AsyncClient client(ScriptedS3 server) {
        return S3AsyncClient.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .httpClient(HTTP)
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    static RetrySettings retries(Duration attemptTimeout, LongSupplier nanoTime) {
        return new RetrySettings(
                Duration.ofMinutes(5),
                attemptTimeout,
                Duration.ofSeconds(1),
                Duration.ofSeconds(9),
                3,
                nanoTime,
                () -> 0);
    }

    private ObjectFetcher fetcher(ByteBudget bytes, Duration attemptTimeout, LongSupplier nanoTime) {
        FetchSettings settings = new FetchSettings(RANGE, 4, retries(attemptTimeout, nanoTime));
        return new ObjectFetcher(s3, bytes, settings, timer, bytesRead::add);
    }

    private ObjectFetcher fetcher() {
        return fetcher(budget, Duration.ofSeconds(20), System::nanoTime);
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    private BackupObject stored(String key, int length) {
        byte[] content = content(length);
        server.put(key, content);
        return object(key, length, md5(content));
    }

    private static BackupObject object(String key, int length, String etag) {
        return new BackupObject(S3Source.uri("bucket", key), "bucket", key, length, etag, Instant.EPOCH, null);
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] read(BackupObject object) throws IOException {
        return read(fetcher(), object);
    }

    private byte[] read(ObjectFetcher fetcher, BackupObject object) throws IOException {
        try (InputStream in = fetcher.open(object)) {
            return in.readAllBytes();
        } finally {
            assertThat(budget.heldBytes()).isZero();
        }
    }

    private static void assertFails(RestoreErrorCode code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(RestoreException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.getMessage() + " " + e.hint()).contains(text);
        });
    }

    private static void assertCorrupt(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DamagedObjectException.class,
                        e -> assertThat(e.reason()).isEqualTo("object.corrupt"));
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void read_oneRange_asksForTheWholePinnedObjectWithChecksum() throws IOException {
        BackupObject object = stored("a", RANGE);

        assertThat(read(object)).isEqualTo(content(RANGE));
        assertThat(bytesRead.sum()).isEqualTo(RANGE);
        assertThat(server.requests()).hasSize(1);
        assertThat(server.requests().get(0).headers())
                .containsEntry("if-match", "\"" + object.etag() + "\"")
                .containsEntry("x-amz-checksum-mode", "ENABLED")
                .doesNotContainKey("range");
    }

    @Test
    void read_severalRanges_joinsThemInOrder() throws IOException {
        BackupObject object = stored("a", 10 * RANGE + 1);

        assertThat(read(object)).isEqualTo(content(10 * RANGE + 1));
        assertThat(server.requests())
                .hasSize(11)
                .allSatisfy(request -> assertThat(request.headers())
                        .containsEntry("if-match", "\"" + object.etag() + "\"")
                        .containsKey("range"));
        assertThat(server.requests())
                .extracting(request -> request.headers().get("range"))
                .contains("bytes=0-999", "bytes=1000-1999", "bytes=10000-10000");
    }

    @Test
    void read_emptyObject_endsWithoutARequest() throws IOException {
        assertThat(read(object("a", 0, ""))).isEmpty();
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {RANGE, 5 * RANGE})
    void read_bodiesBreak_areFetchedAgain(int length) throws IOException {
        BackupObject object = stored("a", length);
        server.next(
                server.broken(0, false),
                server.broken(400, false),
                server.broken(400, true),
                server.broken(999, true),
                server.broken(999, false));

        assertThat(read(object)).isEqualTo(content(length));
        assertThat(bytesRead.sum()).isEqualTo(length);
        assertThat(server.requests()).hasSize(length / RANGE + 5);
    }

    @Test
    void read_serverStalls_isGivenUpAndFetchedAgain() throws IOException {
        BackupObject object = stored("a", 3 * RANGE);
        server.next(server.stalled(400), server.silent());

        assertThat(read(fetcher(budget, Duration.ofMillis(300), System::nanoTime), object))
                .isEqualTo(content(3 * RANGE));
        assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void read_errorsThatPass_areRetried() throws IOException {
        BackupObject object = stored("a", RANGE);
        server.next(
                ScriptedS3.error(503, "SlowDown"),
                ScriptedS3.error(500, "InternalError"),
                ScriptedS3.error(400, "RequestTimeout"),
                ScriptedS3.error(502, "Whatever"));

        assertThat(read(object)).isEqualTo(content(RANGE));
        assertThat(server.requests()).hasSize(5);
    }

    @Test
    void read_errorsThatDoNotPass_endWhenPatienceDoes() {
        BackupObject object = stored("a", RANGE);
        Answer slowDown = ScriptedS3.error(503, "SlowDown");
        server.next(slowDown, slowDown, slowDown, slowDown, slowDown, slowDown, slowDown, slowDown, slowDown);
        AtomicLong minutes = new AtomicLong();
        ObjectFetcher fetcher =
                fetcher(budget, Duration.ofSeconds(20), () -> TimeUnit.MINUTES.toNanos(minutes.getAndIncrement()));

        assertFails(RestoreErrorCode.SOURCE_UNREADABLE, "SlowDown", () -> read(fetcher, object));
        assertThat(server.requests()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({
        "412, PreconditionFailed, SOURCE_CHANGED, s3://bucket/a",
        "404, NoSuchKey, SOURCE_CHANGED, s3://bucket/a",
        "403, AccessDenied, ACCESS_DENIED, kms:Decrypt",
        "400, KMS.DisabledException, ACCESS_DENIED, KMS.DisabledException",
        "403, InvalidObjectState, OBJECT_ARCHIVED, s3://bucket/a",
        "400, AuthorizationHeaderMalformed, SOURCE_UNREADABLE, eu-north-1",
        "301, PermanentRedirect, SOURCE_UNREADABLE, eu-north-1",
        "400, InvalidArgument, SOURCE_UNREADABLE, InvalidArgument"
    })
    void read_errorsThatStay_failAtOnce(int status, String s3Code, RestoreErrorCode code, String text) {
        BackupObject object = stored("a", RANGE);
        server.next(ScriptedS3.error(status, s3Code, "x-amz-bucket-region: eu-north-1"));

        assertFails(code, text, () -> read(object));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void read_wrongMd5ThenRight_isFetchedAgain() throws IOException {
        BackupObject object = stored("a", RANGE);
        server.next(server.flipped(), server.flipped());

        assertThat(read(object)).isEqualTo(content(RANGE));
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void read_wrongMd5Always_isCorruptAndStaysSo() throws IOException {
        BackupObject object = stored("a", RANGE);
        server.next(server.flipped(), server.flipped(), server.flipped());

        try (InputStream in = fetcher().open(object)) {
            assertCorrupt(in::read);
            assertCorrupt(in::read);
        }
        assertThat(server.requests()).hasSize(3);
        assertThat(bytesRead.sum()).isZero();
    }

    @Test
    void read_wrongMd5OfSeveralRanges_isCorruptBeforeTheEnd() {
        BackupObject object = stored("a", 3 * RANGE);
        server.next(server.flipped());

        assertCorrupt(() -> read(object));
    }

    @ParameterizedTest
    @CsvSource({
        "x-amz-server-side-encryption, aws:kms",
        "x-amz-server-side-encryption, aws:kms:dsse",
        "x-amz-server-side-encryption-customer-algorithm, AES256"
    })
    void read_encryptedWithKeys_isNotComparedWithTheEtag(String header, String value) throws IOException {
        server.put("a", content(RANGE));
        server.put("b", content(3 * RANGE));
        server.header(header, value);

        assertThat(read(object("a", RANGE, "0".repeat(32)))).isEqualTo(content(RANGE));
        assertThat(read(object("b", 3 * RANGE, "0".repeat(32)))).isEqualTo(content(3 * RANGE));
    }

    @Test
    void read_multipartEtag_isNotCompared() throws IOException {
        server.put("a", content(RANGE));

        assertThat(read(object("a", RANGE, "0".repeat(32) + "-2"))).isEqualTo(content(RANGE));
    }

    @Test
    void read_wrongChecksumHeader_isCorruptAfterThreeAttempts() {
        server.put("a", content(RANGE));
        server.header("x-amz-checksum-crc32", "AAAAAA==");

        assertCorrupt(() -> read(object("a", RANGE, "")));
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void read_otherEtagInTheAnswer_isAChange() {
        BackupObject object = stored("a", RANGE);
        server.header("ETag", "\"" + "1".repeat(32) + "\"");

        assertFails(RestoreErrorCode.SOURCE_CHANGED, "s3://bucket/a", () -> read(object));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nContent-Length: 999",
                "HTTP/1.1 200 OK\nContent-Length: 1001",
                "HTTP/1.1 200 OK\nConnection: close"
            })
    void read_wrongOrNoLength_isCorruptAfterThreeAttempts(String head) {
        BackupObject object = stored("a", RANGE);
        int length = head.contains("1001") ? 1001 : head.contains("999") ? 999 : RANGE;
        Answer answer = ScriptedS3.raw(head, Arrays.copyOf(content(RANGE), length), head.contains("Length"));
        server.next(answer, answer, answer);

        assertCorrupt(() -> read(object));
        assertThat(server.requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes 0-999/3001", "bytes 1-1000/3000", "bytes 0-999/*"})
    void read_otherContentRange_isFetchedAgain(String contentRange) throws IOException {
        BackupObject object = stored("a", 3 * RANGE);
        server.next(ScriptedS3.raw(
                "HTTP/1.1 206 Partial Content\nContent-Length: 1000\nContent-Range: " + contentRange,
                new byte[RANGE],
                true));

        assertThat(read(object)).isEqualTo(content(3 * RANGE));
        assertThat(server.requests()).hasSize(4);
    }

    /** S3 appends an MD5 to ranged bodies if asked, as the SDK does by itself. */
    @Test
    void read_appendedMd5_isTakenOffAndChecked() throws IOException, NoSuchAlgorithmException {
        BackupObject object = stored("a", 3 * RANGE);
        byte[] range = Arrays.copyOf(content(3 * RANGE), RANGE);
        byte[] right = MessageDigest.getInstance("MD5").digest(range);
        byte[] wrong = right.clone();
        wrong[0] ^= 1;
        String head = "HTTP/1.1 206 Partial Content\nContent-Length: 1016\nContent-Range: bytes 0-999/3000\n"
                + "x-amz-transfer-encoding: append-md5";
        FetchSettings oneAtATime = new FetchSettings(RANGE, 1, retries(Duration.ofSeconds(20), System::nanoTime));
        ObjectFetcher fetcher = new ObjectFetcher(s3, budget, oneAtATime, timer, bytesRead::add);
        server.next(
                ScriptedS3.raw(head, GzipReaderTest.join(range, wrong), true),
                ScriptedS3.raw(head, GzipReaderTest.join(range, right), true));

        assertThat(read(fetcher, object)).isEqualTo(content(3 * RANGE));
        assertThat(server.requests()).hasSize(4);
        assertThat(server.requests().get(0).headers()).containsEntry("x-amz-te", "append-md5");
    }

    @Test
    void read_tinyBudgetManyObjectsFourThreads_ends() throws Exception {
        ByteBudget tiny = new ByteBudget(1);
        ObjectFetcher fetcher = fetcher(tiny, Duration.ofSeconds(20), System::nanoTime);
        List<BackupObject> objects = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            objects.add(stored("object-" + i, 3 * RANGE + i));
        }
        // Opened ahead and in the other order than read, so that what nobody reads yet holds the budget.
        List<InputStream> streams = new ArrayList<>();
        for (BackupObject object : objects) {
            streams.add(fetcher.open(object));
        }
        ExecutorService readers = Executors.newFixedThreadPool(4);
        try {
            List<Future<byte[]>> contents = new ArrayList<>();
            for (int i = 19; i >= 0; i--) {
                InputStream stream = streams.get(i);
                contents.add(readers.submit(stream::readAllBytes));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(contents.get(19 - i).get(30, TimeUnit.SECONDS)).isEqualTo(content(3 * RANGE + i));
            }
        } finally {
            readers.shutdownNow();
        }
        assertThat(tiny.heldBytes()).isZero();
        assertThat(tiny.waitingClaims()).isZero();
    }

    @Test
    void read_oneThreadInterleavesStreamsOnATinyBudget_ends() throws IOException {
        ObjectFetcher fetcher = fetcher(new ByteBudget(RANGE), Duration.ofSeconds(20), System::nanoTime);
        List<InputStream> streams = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            streams.add(fetcher.open(stored("object-" + i, 2 * RANGE)));
        }
        for (int position = 0; position < 2 * RANGE; position++) {
            for (InputStream stream : streams) {
                assertThat(stream.read()).isEqualTo(content(2 * RANGE)[position] & 0xff);
            }
        }
    }

    @Test
    void close_early_releasesBudgetAndConnections() throws IOException {
        ObjectFetcher fetcher = fetcher();
        Answer[] stalls = new Answer[MAX_CONNECTIONS];
        Arrays.fill(stalls, server.stalled(100));
        stalls[1] = server.silent();
        server.next(stalls);
        InputStream first = fetcher.open(stored("a", 10 * RANGE));
        InputStream second = fetcher.open(stored("b", 10 * RANGE));
        await(() -> server.requests().size() == MAX_CONNECTIONS);
        assertThat(budget.heldBytes()).isEqualTo(MAX_CONNECTIONS * RANGE);

        first.close();
        first.close();
        second.close();

        assertThat(budget.heldBytes()).isZero();
        await(() -> server.openConnections() == 0);
        assertThat(read(stored("c", 9 * RANGE))).isEqualTo(content(9 * RANGE));
        assertThatThrownBy(first::read).isInstanceOf(IOException.class);
    }

    @Test
    void close_midway_stopsReadingAhead() throws IOException {
        InputStream in = fetcher().open(stored("a", 100 * RANGE));
        assertThat(in.readNBytes(RANGE + 1)).hasSize(RANGE + 1);
        in.close();

        assertThat(budget.heldBytes()).isZero();
        assertThat(server.requests()).hasSizeLessThanOrEqualTo(5);
        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
    }

    @Test
    void close_byAnotherThread_wakesTheReader() throws Exception {
        server.next(server.silent());
        InputStream in = fetcher().open(stored("a", RANGE));
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread reader = new Thread(() -> outcome.complete(org.assertj.core.api.Assertions.catchThrowable(in::read)));
        reader.start();
        await(() -> reader.getState() == Thread.State.WAITING);
        in.close();

        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
    }

    @Test
    void read_interrupted_failsAndKeepsTheFlag() throws Exception {
        server.next(server.silent());
        InputStream in = fetcher().open(stored("a", RANGE));
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            assertThatThrownBy(in::read).isInstanceOf(InterruptedIOException.class);
            flag.complete(Thread.currentThread().isInterrupted());
        });
        reader.start();
        await(() -> reader.getState() == Thread.State.WAITING);
        reader.interrupt();

        assertThat(flag.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(budget.heldBytes()).isZero();
    }

    @Test
    void read_clientNeverCompletes_isGivenUpByTheWatchdog() throws IOException {
        BackupObject object = stored("a", RANGE);
        CompletableFuture<Object> lost = new CompletableFuture<>();
        S3AsyncClient losing = new S3AsyncClient() {
            private boolean hasLost;

            @Override
            @SuppressWarnings("unchecked")
            public <T> CompletableFuture<T> getObject(
                    GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
                if (!hasLost) {
                    hasLost = true;
                    return (CompletableFuture<T>) lost;
                }
                return s3.getObject(request, transformer);
            }

            @Override
            public String serviceName() {
                return s3.serviceName();
            }

            @Override
            public void close() {}
        };
        FetchSettings settings = new FetchSettings(RANGE, 4, retries(Duration.ofMillis(200), System::nanoTime));

        assertThat(read(new ObjectFetcher(losing, budget, settings, timer, bytesRead::add), object))
                .isEqualTo(content(RANGE));
        assertThat(lost).isCancelled();
    }

    @Test
    void read_timerShutDown_failsInsteadOfWaiting() {
        timer.shutdownNow();

        assertFails(RestoreErrorCode.SOURCE_UNREADABLE, "s3://bucket/a", () -> read(stored("a", RANGE)));
    }

    @Test
    void open_thenDecompress_readsMultiMemberGzip() throws IOException {
        byte[] plain = "{\"a\":1}\n".repeat(3000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] noise = content(5000);
        byte[] packed = GzipReaderTest.join(GzipReaderTest.gzip(plain), GzipReaderTest.gzip(noise));
        server.put("a.json", packed);

        try (InputStream in =
                new Decompressor(Long.MAX_VALUE).open(fetcher().open(object("a.json", packed.length, md5(packed))))) {
            assertThat(in).hasSameContentAs(new ByteArrayInputStream(GzipReaderTest.join(plain, noise)));
        }
    }
}
