using Molmo.Demo.Server.Admin;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.OpenAi;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// What each role consists of: its parts, in the order in which they start and in which a request passes them.
/// </summary>
internal static class Roles
{
    public static IReadOnlyList<IModule> ModulesOf(ServerRole role) => role switch
    {
        ServerRole.All =>
        [
            new StorageModule(), new MetricsModule(), new HeadersModule(), new Languages(), new GuardsModule(),
            new VisitorsModule(), new ImagesModule(), new ImageApiModule(), new EngineModule(), new ChatModule(),
            new OwnChatsModule(), new PrivateChatsModule(), new LocalAnswersModule(), .. Site(),
        ],
        ServerRole.Web =>
        [
            new StorageModule(), new MetricsModule(), new HeadersModule(), new Languages(), new GuardsModule(),
            new VisitorsModule(), new ImagesModule(), new ImageApiModule(), new ChatModule(), new OwnChatsModule(),
            new RemoteAnswersModule(), .. Site(),
        ],
        _ =>
        [
            new StorageModule(), new MetricsModule(), new HeadersModule(), new GuardsModule(),
            new InferenceGateModule(), new ImagesModule(), new EngineModule(), new ChatModule(),
            new PassedQuestionsModule(), new LocalAnswersModule(), new Health(),
        ],
    };

    private static IModule[] Site()
        => [new SharingModule(), new OpenAiModule(), new AdminModule(), new Health(), new PagesModule()];
}
