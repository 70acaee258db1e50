using DensaiAdmin.Web.Hosting;

return await Server.RunAsync(args);
