package io.github.dynarestore.testing;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Makes the tables that {@link RestoredTable} asks for, and takes them away with their tests. */
final class RestoredTableExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(RestoredTableExtension.class);
    private static final String SERVER = "server";

    /** A table, and whether each test is to find it as it was restored. */
    private record Scope(@Nullable TestTable table, boolean isReset) implements AutoCloseable {

        private static final Scope NONE = new Scope(null, false);

        @Override
        public void close() {
            if (table != null) {
                table.close();
            }
        }
    }

    RestoredTableExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        var unused = scope(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        for (Scope scope : scopes(context)) {
            if (scope.table() != null && scope.isReset()) {
                scope.table().reset();
            }
        }
    }

    /** The table of a constructor's parameter ends with the test that the instance is for. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    /** What is around a test, from the inside out. */
    private static List<Scope> scopes(ExtensionContext context) {
        List<Scope> scopes = new ArrayList<>();
        ExtensionContext around = context;
        while (around != null) {
            // A repeated or parameterized test lies within a context of its method, which is no second scope.
            if (around == context || around.getTestMethod().isEmpty()) {
                scopes.add(scope(around));
            }
            around = around.getParent().orElse(null);
        }
        return scopes;
    }

    /** The table of a class or a method, restored when it is first asked for. */
    private static Scope scope(ExtensionContext context) {
        Optional<RestoredTable> asked =
                context.getElement().flatMap(element -> AnnotationSupport.findAnnotation(element, RestoredTable.class));
        // A store also finds what lies in those around it, so the key has to be the context's own.
        return asked.isEmpty() ? Scope.NONE : restore(asked.get(), context, context.getUniqueId());
    }

    private static @Nullable TestTable table(ExtensionContext context) {
        for (Scope scope : scopes(context)) {
            if (scope.table() != null) {
                return scope.table();
            }
        }
        return null;
    }

    /** The table ends with the context that it was made for. */
    private static Scope restore(RestoredTable asked, ExtensionContext context, String key) {
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        key,
                        absent -> new Scope(
                                server(context).restore(fixture(asked)),
                                context.getTestMethod().isEmpty() && asked.reset() == RestoredTable.Reset.EACH_TEST),
                        Scope.class);
    }

    private static TableFixture fixture(RestoredTable asked) {
        TableFixture fixture = TableFixture.of(asked.name(), asked.from());
        try {
            fixture = asked.asOf().isEmpty() ? fixture : fixture.asOf(Instant.parse(asked.asOf()));
            fixture = asked.format().isEmpty() ? fixture : fixture.format(asked.format());
            fixture = asked.columns().isEmpty() ? fixture : fixture.columns(asked.columns());
            for (String attribute : asked.key()) {
                int colon = attribute.lastIndexOf(':');
                fixture = fixture.key(attribute.substring(0, Math.max(0, colon)), attribute.substring(colon + 1));
            }
            return fixture;
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ExtensionConfigurationException(
                    "@RestoredTable(name = \"" + asked.name() + "\"): " + e.getMessage(), e);
        }
    }

    private static TestDynamoDb server(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        SERVER,
                        absent -> context.getConfigurationParameter(DynamoDbLocal.ENDPOINT_PROPERTY)
                                .map(RestoredTableExtension::at)
                                .orElseGet(TestDynamoDb::start),
                        TestDynamoDb.class);
    }

    private static TestDynamoDb at(String endpoint) {
        try {
            return TestDynamoDb.at(URI.create(endpoint.strip()));
        } catch (IllegalArgumentException e) {
            throw new ExtensionConfigurationException(DynamoDbLocal.ENDPOINT_PROPERTY + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        boolean isText = type == String.class;
        return type == DynamoDbClient.class
                || type == DynamoDbAsyncClient.class
                || type == TestTable.class
                || (isText && (parameter.isAnnotated(TableName.class) || parameter.isAnnotated(RestoredTable.class)));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == DynamoDbClient.class) {
            return server(context).client();
        }
        if (type == DynamoDbAsyncClient.class) {
            return server(context).asyncClient();
        }
        Optional<RestoredTable> own = parameter.findAnnotation(RestoredTable.class);
        TestTable table = own.isPresent()
                ? restore(
                                own.get(),
                                context,
                                context.getUniqueId() + parameter.getDeclaringExecutable() + parameter.getIndex())
                        .table()
                : table(context);
        if (table == null) {
            throw new ParameterResolutionException(
                    "neither the parameter nor its method or class has a @RestoredTable");
        }
        return type == String.class ? table.name() : table;
    }
}
