-- `:Stagegate`, for what no key of Neovim's own reaches. See |stagegate-commands|.

if vim.g.loaded_stagegate then
  return
end
vim.g.loaded_stagegate = true

vim.api.nvim_create_user_command('Stagegate', function(args)
  require('stagegate.commands').run(args.fargs)
end, {
  nargs = '+',
  desc = 'Gates of components: run them, trust them, show what they found',
  complete = function(lead, line)
    return require('stagegate.commands').complete(lead, line)
  end,
})
