package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.BackupFormat;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Extensions in jars of strangers: on the class path, on the module path, and in each other's way. */
@Timeout(60)
class DiscoveryTest {

    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    Path directory;

    /** A jar with one extension that does nothing but have an id. */
    private final class ExtensionJar {

        private final String name;
        private final List<String> sources = new ArrayList<>();
        private final List<String> entries = new ArrayList<>();

        ExtensionJar(String name) {
            this.name = name;
        }

        ExtensionJar file(String path, String text) {
            (path.endsWith(".java") ? sources : entries).addAll(List.of(path, text));
            return this;
        }

        Path build(String... options) throws IOException {
            Path source = directory.resolve(name + "-source");
            Path classes = Files.createDirectories(directory.resolve(name + "-classes"));
            List<String> arguments = new ArrayList<>(List.of("-d", classes.toString(), "-proc:none", "-nowarn"));
            arguments.addAll(List.of(options));
            for (int i = 0; i < sources.size(); i += 2) {
                arguments.add(write(source.resolve(sources.get(i)), sources.get(i + 1))
                        .toString());
            }
            int problems = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
            assertThat(problems).as("problems with compiling %s", name).isZero();
            for (int i = 0; i < entries.size(); i += 2) {
                write(classes.resolve(entries.get(i)), entries.get(i + 1));
            }
            return jar(classes, directory.resolve(name + ".jar"));
        }

        private static Path write(Path file, String text) throws IOException {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        }

        private static Path jar(Path classes, Path jar) throws IOException {
            try (OutputStream out = Files.newOutputStream(jar);
                    JarOutputStream entries = new JarOutputStream(out);
                    Stream<Path> files = Files.walk(classes)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    entries.putNextEntry(
                            new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                    Files.copy(file, entries);
                    entries.closeEntry();
                }
            }
            return jar;
        }
    }

    private static String formatSource(String packageName, String className, String id) {
        return """
                package %s;

                import io.github.dynarestore.spi.*;
                import java.io.InputStream;

                public final class %s implements BackupFormat {
                    @Override
                    public String id() {
                        return "%s";
                    }

                    @Override
                    public Recognition recognise(BackupSample sample) {
                        return Recognition.NO;
                    }

                    @Override
                    public RecordReader open(InputStream decompressed, ReaderContext context) {
                        return record -> false;
                    }
                }
                """.formatted(packageName, className, id);
    }

    private static String mapperSource(String className, String id) {
        return """
                package strangers;

                import io.github.dynarestore.spi.*;

                public final class %s implements AttributeMapperFactory {
                    @Override
                    public String id() {
                        return "%s";
                    }

                    @Override
                    public AttributeMapper create(MapperContext context) {
                        return item -> item;
                    }
                }
                """.formatted(className, id);
    }

    private Path formatJar(String className, String id) throws IOException {
        return new ExtensionJar(className)
                .file("strangers/" + className + ".java", formatSource("strangers", className, id))
                .file("META-INF/services/" + BackupFormat.class.getName(), "strangers." + className)
                .build("-cp", CLASS_PATH);
    }

    private Path mapperJar(String className, String id) throws IOException {
        return new ExtensionJar(className)
                .file("strangers/" + className + ".java", mapperSource(className, id))
                .file("META-INF/services/" + AttributeMapperFactory.class.getName(), "strangers." + className)
                .build("-cp", CLASS_PATH);
    }

    private static URLClassLoader loader(Path... jars) throws MalformedURLException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        return new URLClassLoader(urls, DiscoveryTest.class.getClassLoader());
    }

    private static DynamoDbRestoreManager.Builder managerWith(ClassLoader loader) {
        return DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(Fixture.DYNAMO_DB)
                .classLoader(loader);
    }

    /** The ids that a manager found, as its refusal of one that is not there names them. */
    private static String idsOf(DynamoDbRestoreManager restores) {
        RestorePlan plan = RestorePlan.builder()
                .from(Backup.at("file:///nowhere/").format("no-such-format"))
                .into("no-table")
                .build();
        RestoreException failure = Fixture.failure(() -> restores.start(plan));
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.FORMAT_UNKNOWN);
        return failure.hint();
    }

    private static RestoreException clash(ClassLoader loader) {
        RestoreException failure =
                Fixture.failure(() -> managerWith(loader).build().close());
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.EXTENSION_CLASH);
        return failure;
    }

    @Test
    void build_formatInAJarOfTheLoader_isFound() throws IOException {
        try (URLClassLoader loader = loader(formatJar("Fine", "fine-1"));
                DynamoDbRestoreManager restores = managerWith(loader).build()) {
            assertThat(idsOf(restores)).contains("stream").contains("fine-1");
        }
    }

    @Test
    void build_contextClassLoader_isTheDefault() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = loader(formatJar("Fine", "fine-2"))) {
            thread.setContextClassLoader(loader);
            try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                            .dynamoDb(Fixture.DYNAMO_DB)
                            .build();
                    DynamoDbRestoreManager alone = DynamoDbRestoreManager.builder()
                            .dynamoDb(Fixture.DYNAMO_DB)
                            .withoutDiscovery()
                            .build()) {
                assertThat(idsOf(restores)).contains("fine-2");
                assertThat(idsOf(alone)).doesNotContain("fine-2").doesNotContain("stream");
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void build_twoFormatsOfOneId_clashNamingBothClassesAndJars() throws IOException {
        try (URLClassLoader loader = loader(formatJar("One", "same"), formatJar("Two", "same"))) {
            assertThat(clash(loader))
                    .hasMessageContaining("'same'")
                    .hasMessageContaining("strangers.One")
                    .hasMessageContaining("One.jar")
                    .hasMessageContaining("strangers.Two")
                    .hasMessageContaining("Two.jar");
        }
    }

    @Test
    void build_formatOfAnIdThatIsOurs_clashesToo() throws IOException {
        try (URLClassLoader loader = loader(formatJar("Thief", "stream"))) {
            assertThat(clash(loader))
                    .hasMessageContaining("io.github.dynarestore.format.stream.StreamFormat")
                    .hasMessageContaining("strangers.Thief")
                    .hasMessageContaining("Thief.jar");
        }
    }

    @Test
    void build_registeredFormatOfTheClashingId_endsTheClashAsTheHintSays() throws Exception {
        try (URLClassLoader loader = loader(formatJar("One", "same"), formatJar("Two", "same"))) {
            BackupFormat meant = (BackupFormat)
                    loader.loadClass("strangers.Two").getConstructor().newInstance();
            assertThat(clash(loader).hint()).contains("register");

            try (DynamoDbRestoreManager restores =
                    managerWith(loader).format(meant).build()) {
                assertThat(idsOf(restores)).contains("same");
            }
        }
    }

    @Test
    void build_twoMapperFactoriesOfOneId_clashNamingBothClassesAndJars() throws IOException {
        try (URLClassLoader loader = loader(mapperJar("First", "mask"), mapperJar("Second", "mask"))) {
            assertThat(clash(loader))
                    .hasMessageContaining("attribute mapper")
                    .hasMessageContaining("'mask'")
                    .hasMessageContaining("strangers.First")
                    .hasMessageContaining("First.jar")
                    .hasMessageContaining("strangers.Second")
                    .hasMessageContaining("Second.jar");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper"})
    void build_invalidId_isRefusedNamingClassAndJar(String id) throws IOException {
        try (URLClassLoader loader = loader(formatJar("Odd", id))) {
            assertThat(clash(loader))
                    .hasMessageContaining("'" + id + "'")
                    .hasMessageContaining("strangers.Odd")
                    .hasMessageContaining("Odd.jar");
        }
    }

    @Test
    void build_providerThatCannotBeLoaded_isRefusedNamingIt() throws IOException {
        Path jar = new ExtensionJar("broken")
                .file("META-INF/services/" + BackupFormat.class.getName(), "strangers.Gone")
                .file("strangers/Other.java", formatSource("strangers", "Other", "other"))
                .build("-cp", CLASS_PATH);
        try (URLClassLoader loader = loader(jar)) {
            assertThat(clash(loader)).hasMessageContaining("strangers.Gone");
        }
    }

    private static final String PRINTS_IDS = """
            package probe;

            import io.github.dynarestore.DynamoDbRestoreManager;
            import io.github.dynarestore.RestorePlan;
            import io.github.dynarestore.model.Backup;
            import io.github.dynarestore.model.RestoreException;
            import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
            import software.amazon.awssdk.regions.Region;
            import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

            public final class Main {
                public static void main(String[] arguments) {
                    try (DynamoDbAsyncClient dynamoDb = DynamoDbAsyncClient.builder()
                                    .region(Region.EU_WEST_1)
                                    .credentialsProvider(AnonymousCredentialsProvider.create())
                                    .build();
                            DynamoDbRestoreManager restores =
                                    DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
                        restores.start(RestorePlan.builder()
                                .from(Backup.at("file:///nowhere/").format("no-such-format"))
                                .into("no-table")
                                .build());
                    } catch (RestoreException e) {
                        System.out.println(DynamoDbRestoreManager.class.getModule() + " " + e.hint());
                    }
                }
            }
            """;

    /** What is on the path of this test and not on that of the library's users, by the beginning of its name. */
    private static final List<String> ONLY_FOR_TESTS = List.of(
            "apiguardian",
            "archunit",
            "assertj",
            "byte-buddy",
            "dynarestore-testing",
            "jackson-annotations",
            "jackson-core-3",
            "jackson-databind",
            "jackson-dataformat",
            "jakarta",
            "jetty",
            "jimfs",
            "jqwik",
            "junit",
            "opentest4j",
            "s3proxy",
            "stax2",
            "surefire",
            "woodstox");

    /** What the library's users have on their path: no test engine, no server. */
    private static List<String> runtimePath() {
        return Arrays.stream(CLASS_PATH.split(File.pathSeparator))
                .map(Path::of)
                .filter(DiscoveryTest::isOfTheLibrary)
                .map(Path::toString)
                .toList();
    }

    private static boolean isOfTheLibrary(Path entry) {
        if (Files.isDirectory(entry)) {
            return entry.endsWith("core/target/classes") || entry.endsWith("spi-stream-format/target/classes");
        }
        String name = entry.getFileName().toString();
        return Files.exists(entry)
                && !name.endsWith("-tests.jar")
                && ONLY_FOR_TESTS.stream().noneMatch(name::startsWith);
    }

    private static String run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"));
        command.addAll(arguments);
        Path output = Files.createTempFile("child", ".txt");
        Process child = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(child.waitFor(45, TimeUnit.SECONDS)).as("the child ends").isTrue();
            return Files.readString(output, UTF_8);
        } finally {
            child.destroyForcibly();
            Files.delete(output);
        }
    }

    @Test
    void modulePath_formatModules_areFound() throws Exception {
        String runtime = String.join(File.pathSeparator, runtimePath());
        Path format = new ExtensionJar("modular")
                .file("module-info.java", """
                        module strangers.modular {
                            requires io.github.dynarestore.core;
                            provides io.github.dynarestore.spi.BackupFormat with strangers.modular.Modular;
                        }
                        """)
                .file("strangers/modular/Modular.java", formatSource("strangers.modular", "Modular", "modular"))
                .build("-p", runtime);
        Path probe = new ExtensionJar("probe")
                .file("module-info.java", """
                        module probe {
                            requires io.github.dynarestore.core;
                            requires software.amazon.awssdk.auth;
                            requires software.amazon.awssdk.regions;
                        }
                        """)
                .file("probe/Main.java", PRINTS_IDS)
                .build("-p", runtime);

        String said = run(List.of(
                "-p",
                String.join(File.pathSeparator, runtime, format.toString(), probe.toString()),
                "-m",
                "probe/probe.Main"));

        assertThat(said)
                .contains("module io.github.dynarestore.core")
                .contains("formats found:")
                .contains("stream")
                .contains("modular");
    }

    @Test
    void classPath_formatJars_areFound() throws Exception {
        Path format = formatJar("Plain", "plain");
        Path probe =
                new ExtensionJar("probe").file("probe/Main.java", PRINTS_IDS).build("-cp", CLASS_PATH);

        List<String> classPath = new ArrayList<>(runtimePath());
        classPath.addAll(List.of(format.toString(), probe.toString()));
        String said = run(List.of("-cp", String.join(File.pathSeparator, classPath), "probe.Main"));

        assertThat(said).contains("unnamed module").contains("stream").contains("plain");
    }
}
